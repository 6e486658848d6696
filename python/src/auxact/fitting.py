# fitting.py - a training loop for those who do not need their own
"""``fit``: epochs over a loader, callbacks, a progress bar on terminals."""

from __future__ import annotations

import contextlib
import importlib.util
import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any

from .errors import InputError
from .program import Program

__all__ = ["Callback", "History", "StopTraining", "fit"]


class StopTraining(Exception):
    """Raised by a callback: :func:`fit` ends and returns what there is."""


class Callback:
    """Base of callbacks; every method does nothing until a subclass gives it a body."""

    def on_epoch_start(self, prog: Program, epoch: int) -> None:
        """Before epoch ``epoch`` (from 0)."""

    def on_step(self, prog: Program, epoch: int, step: int, loss: float) -> None:
        """After step ``step`` of the whole fit (from 0)."""

    def on_epoch_end(self, prog: Program, epoch: int, metrics: dict[str, float]) -> None:
        """After an epoch; ``metrics`` has ``loss`` (its mean) and, with a validation set, ``validation_loss``
        and ``validation_accuracy``."""


@dataclass
class History:
    """Losses of every step, and metrics of every epoch."""

    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)


def fit(
    prog: Program,
    loader: Iterable[Any],
    epochs: int = 1,
    callbacks: Sequence[Callback] = (),
    *,
    validation: tuple[Any, ...] | None = None,
    stop_on_nan: bool | None = None,
    progress: bool | None = None,
) -> History:
    """Trains a program.

    Args:
        prog: a compiled program with an optimizer.
        loader: gives the batches of an epoch each time it is iterated: tuples in the order of the inputs, or
            dictionaries by name.
        epochs: ≥ 0.
        callbacks: called in order; one may raise :class:`StopTraining`.
        validation: arrays given to ``prog.evaluate`` after each epoch.
        stop_on_nan: sets the program's option for this fit; ``None`` leaves it.
        progress: a bar on standard error, by rich or tqdm, whichever is there; ``None``: only if that is a
            terminal.

    Returns:
        The losses and metrics.

    Raises:
        InputError: the loader gave no batch in an epoch (an iterator that is used up, say).
        NanLossError: a loss was not finite and ``stop_on_nan`` is set; the state is that before the step.
    """
    history = History()
    before = prog.stop_on_nan
    prog.stop_on_nan = before if stop_on_nan is None else stop_on_nan
    try:
        with contextlib.suppress(StopTraining):
            for epoch in range(epochs):
                _epoch(prog, loader, epoch, epochs, callbacks, validation, progress, history)
    finally:
        prog.stop_on_nan = before
    return history


def _epoch(
    prog: Program,
    loader: Iterable[Any],
    epoch: int,
    epochs: int,
    callbacks: Sequence[Callback],
    validation: tuple[Any, ...] | None,
    progress: bool | None,
    history: History,
) -> None:
    for callback in callbacks:
        callback.on_epoch_start(prog, epoch)
    start = len(history.losses)
    total = len(loader) if isinstance(loader, Sized) else None
    with _bar(progress, total, f"epoch {epoch + 1}/{epochs}") as advance:
        for batch in loader:
            result = prog.step(**batch) if isinstance(batch, dict) else prog.step(*batch)
            loss = float(result["loss"])
            history.losses.append(loss)
            advance(loss)
            for callback in callbacks:
                callback.on_step(prog, epoch, len(history.losses) - 1, loss)
    losses = history.losses[start:]
    if not losses:
        raise InputError(f"fit: the loader gave no batch in epoch {epoch + 1}; it must start anew each time it is iterated")
    metrics = {"loss": math.fsum(losses) / len(losses) if all(map(math.isfinite, losses)) else math.nan}
    if validation is not None:
        metrics.update({f"validation_{key}": float(value) for key, value in prog.evaluate(*validation).items() if key in ("loss", "accuracy")})
    history.epochs.append(metrics)
    for callback in callbacks:
        callback.on_epoch_end(prog, epoch, metrics)


@contextlib.contextmanager
def _bar(progress: bool | None, total: int | None, title: str) -> Iterator[Callable[[float], None]]:
    """A function that advances the bar by one step and shows the loss."""
    if progress is False or (progress is None and not sys.stderr.isatty()):
        yield lambda loss: None
        return
    # The modules are looked up outside the bars: an ImportError of the caller's own loop must not end up
    # here.
    if importlib.util.find_spec("rich") is not None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f}"),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(title, total=total, loss=math.nan)
            yield lambda loss: bar.update(task, advance=1, loss=loss)
    elif importlib.util.find_spec("tqdm") is not None:
        from tqdm import tqdm  # type: ignore[import-untyped]

        with tqdm(total=total, desc=title, file=sys.stderr) as line:

            def advance(loss: float) -> None:
                line.set_postfix(loss=f"{loss:.4f}", refresh=False)
                line.update()

            yield advance
    else:
        yield lambda loss: None
