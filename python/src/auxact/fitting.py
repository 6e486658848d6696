# fitting.py - a training loop for those who do not need their own
"""``fit``: epochs over a loader, a schedule, micro-batches, validation, callbacks, and resuming."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Any

from ._progress import bar
from .callbacks import Callback, StopTraining
from .errors import InputError
from .program import Program
from .schedules import Schedule

__all__ = ["History", "fit"]

Validation = tuple[Any, ...] | Callable[[Program], Mapping[str, float]]


@dataclass
class History:
    """Losses of every step, and metrics of every epoch."""

    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)


@dataclass
class Position:
    """Where a fit is; saved with the program.

    Attributes:
        first: epochs that the program had seen before the fit, whose orders are not repeated.
        epoch: of the fit, from 0.
        batch: the epoch's next one.
        step: the fit's next one.
        loss_sum, loss_count: of the epoch's steps so far.
        pending: sum of the losses of micro-batches since the last step.
    """

    first: int = 0
    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    loss_count: int = 0
    pending: float = 0.0


def fit(
    prog: Program,
    loader: Iterable[Any],
    epochs: int = 1,
    callbacks: Sequence[Callback] = (),
    *,
    schedule: Schedule | None = None,
    accumulate: int = 1,
    validation: Validation | None = None,
    resume: bool = False,
    stop_on_nan: bool | None = None,
    progress: bool | None = None,
) -> History:
    """Trains a program.

    Args:
        prog: a compiled program with an optimizer.
        loader: gives the batches of an epoch each time it is iterated, or by ``loader.epoch(number, start)``, as
            :class:`auxact.data.Batches` does: tuples in the order of the inputs, or dictionaries by name.
        epochs: ≥ 0; of a resumed fit, with those that were done before.
        callbacks: called in order; one may raise :class:`StopTraining`.
        schedule: from the number of steps that the program has taken to the next one's learning rate; see
            :mod:`auxact.schedules`. ``None``: the program's own rate.
        accumulate: batches of a step, ≥ 1. Those that an epoch leaves over belong to the next one's first step.
        validation: arrays given to ``prog.evaluate`` after each epoch (also with averaged parameters, where the program
            keeps them), or a function of the program that returns metrics.
        resume: go on where the fit was that saved this program (:class:`Checkpoint`): the same batches, rates and
            metrics follow as if it had never stopped.
        stop_on_nan: sets the program's option for this fit; ``None`` leaves it.
        progress: a bar on standard error, by rich or tqdm, whichever is there; ``None``: only if that is a
            terminal.

    Returns:
        The losses and metrics.

    Raises:
        InputError: the loader gave no batch in an epoch (an iterator that is used up, say), or there is nothing to
            resume.
        NanLossError: a loss was not finite and ``stop_on_nan`` is set; the state is that before the step.
    """
    if accumulate < 1:
        raise ValueError(f"fit: expected accumulate of at least 1, got {accumulate}")
    history = History()
    before = prog.stop_on_nan
    prog.stop_on_nan = before if stop_on_nan is None else stop_on_nan
    run = _Fit(prog, loader, epochs, callbacks, schedule, accumulate, validation, progress, history, _start(prog, resume))
    try:
        with contextlib.suppress(StopTraining):
            run.all()
    finally:
        prog.stop_on_nan = before
        for callback in callbacks:
            callback.on_fit_end(prog)
    return history


def _start(prog: Program, resume: bool) -> Position:
    saved = prog.progress
    if resume:
        if not saved:
            raise InputError("fit: there is nothing to resume; the program was not saved by a fit")
        return Position(**saved)
    if not saved:
        return Position()
    # An epoch that was broken off counts, as its batches were seen.
    return Position(first=int(saved["first"]) + int(saved["epoch"]) + (1 if saved["batch"] else 0))


@dataclass
class _Fit:
    prog: Program
    loader: Iterable[Any]
    epochs: int
    callbacks: Sequence[Callback]
    schedule: Schedule | None
    accumulate: int
    validation: Validation | None
    progress: bool | None
    history: History
    position: Position

    def all(self) -> None:
        for callback in self.callbacks:
            callback.on_fit_start(self.prog, self.position.step)
        while self.position.epoch < self.epochs:
            self._epoch()

    def _epoch(self) -> None:
        position, prog = self.position, self.prog
        if position.batch == 0:
            for callback in self.callbacks:
                callback.on_epoch_start(prog, position.epoch)
        total = len(self.loader) if isinstance(self.loader, Sized) else None
        with bar(self.progress, total, f"epoch {position.epoch + 1}/{self.epochs}", position.batch) as advance:
            for batch in self._batches():
                advance(self._batch(batch))
        if position.batch == 0:
            raise InputError(f"fit: the loader gave no batch in epoch {position.epoch + 1}; it must start anew each time it is iterated")
        metrics = {"loss": position.loss_sum / position.loss_count if position.loss_count else math.nan, **self._validate()}
        self.history.epochs.append(metrics)
        ended = position.epoch
        position.epoch, position.batch, position.loss_sum, position.loss_count = ended + 1, 0, 0.0, 0
        self._note()
        for callback in self.callbacks:
            callback.on_epoch_end(prog, ended, metrics)

    def _batches(self) -> Iterator[Any]:
        """What is left of the epoch."""
        position = self.position
        if hasattr(self.loader, "epoch"):
            batches: Iterator[Any] = self.loader.epoch(position.first + position.epoch, position.batch)
            return batches
        return islice(iter(self.loader), position.batch, None)

    def _batch(self, batch: Any) -> float:
        """A micro-batch, or the step that it completes; returns its loss."""
        prog, position = self.prog, self.position
        complete = prog.accumulated + 1 >= self.accumulate
        if complete and self.schedule is not None:
            prog.lr = self.schedule(prog.steps)
        batches = prog.accumulated + 1
        run = prog.step if complete else prog.accumulate
        result = run(**batch) if isinstance(batch, dict) else run(*batch)
        loss = float(result["loss"])
        position.batch += 1
        position.pending += loss
        if complete:
            mean, position.pending = position.pending / batches, 0.0
            step = position.step
            position.step += 1
            position.loss_sum += mean
            position.loss_count += 1
            self.history.losses.append(mean)
            self._note()
            for callback in self.callbacks:
                callback.on_step(prog, position.epoch, step, mean)
        else:
            self._note()
        return loss

    def _validate(self) -> dict[str, float]:
        if self.validation is None:
            return {}
        if callable(self.validation):
            return {name: float(value) for name, value in self.validation(self.prog).items()}
        found = {f"validation_{name}": value for name, value in self.prog.evaluate(*self.validation).items()}
        if self.prog.keeps_averages:
            averaged = self.prog.evaluate(*self.validation, average=True)
            found.update({f"validation_average_{name}": value for name, value in averaged.items()})
        return found

    def _note(self) -> None:
        self.prog.progress = asdict(self.position)
