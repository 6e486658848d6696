# callbacks.py - what happens beside the steps of a fit
"""Callbacks of :func:`auxact.fit`, checkpoints among them."""

from __future__ import annotations

import os
import warnings

from .errors import BundleError, CheckpointWarning
from .program import Program

__all__ = ["Callback", "Checkpoint", "StopTraining"]


class StopTraining(Exception):
    """Raised by a callback: :func:`fit` ends and returns what there is."""


class Callback:
    """Base of callbacks; every method does nothing until a subclass gives it a body."""

    def on_fit_start(self, prog: Program, step: int) -> None:
        """Before the first batch; ``step`` is the number of the first step: 0, unless the fit is resumed."""

    def on_epoch_start(self, prog: Program, epoch: int) -> None:
        """Before epoch ``epoch`` (from 0)."""

    def on_step(self, prog: Program, epoch: int, step: int, loss: float) -> None:
        """After step ``step`` of the whole fit (from 0); ``loss`` is the mean over its micro-batches."""

    def on_epoch_end(self, prog: Program, epoch: int, metrics: dict[str, float]) -> None:
        """After an epoch; ``metrics`` has ``loss`` (its mean) and what the validation found."""

    def on_fit_end(self, prog: Program) -> None:
        """After the last epoch, and after an error."""


class Checkpoint(Callback):
    """Saves the program every ``every`` steps, and after each epoch, into one file.

    The file is a bundle, replaced in one move when the new one is whole on disk: whatever happens, there is one
    that loads. ``aa.fit(aa.load(path), loader, epochs, resume=True)`` goes on from it to the same bits. Where it
    cannot be written, a :class:`CheckpointWarning` says why, the one before it stays, and training goes on.

    Args:
        path: the bundle.
        every: steps between two; ``None``: only after epochs.
    """

    def __init__(self, path: str | os.PathLike[str], every: int | None = None) -> None:
        if every is not None and every < 1:
            raise ValueError(f"Checkpoint: expected every to be at least 1, got {every}")
        self.path, self.every = path, every

    def on_step(self, prog: Program, epoch: int, step: int, loss: float) -> None:
        if self.every is not None and (step + 1) % self.every == 0:
            self._save(prog)

    def on_epoch_end(self, prog: Program, epoch: int, metrics: dict[str, float]) -> None:
        self._save(prog)

    def _save(self, prog: Program) -> None:
        try:
            prog.save(self.path)
        except BundleError as error:
            warnings.warn(f"no checkpoint after step {prog.steps}: {error}", CheckpointWarning, stacklevel=2)
