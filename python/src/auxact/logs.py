# logs.py - losses and metrics in files
"""Callbacks that write what a fit finds: CSV, JSON lines, TensorBoard."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from pathlib import Path
from typing import Any

from .callbacks import Callback
from .program import Program

__all__ = ["Log", "TensorBoard"]

_COLUMNS = ("step", "epoch", "seconds", "name", "value")


class Log(Callback):
    """Writes each step's loss and learning rate and each epoch's metrics as lines of a file.

    A file that is there is started anew; when a fit is resumed, lines of steps that it will repeat are dropped and
    the rest stays.

    Args:
        path: ``.csv``: columns step, epoch, seconds, name, value; ``.jsonl``: an object a line, with step, epoch,
            seconds, and the values by name.
        every: steps between two lines of steps.
    """

    def __init__(self, path: str | os.PathLike[str], every: int = 1) -> None:
        self.path, self.every = Path(path), every
        if self.path.suffix not in (".csv", ".jsonl"):
            raise ValueError(f"Log: expected a path that ends in .csv or .jsonl, got {self.path}")
        if every < 1:
            raise ValueError(f"Log: expected every to be at least 1, got {every}")
        self._step, self._before = 0, 0.0
        self._started = 0.0

    def on_fit_start(self, prog: Program, step: int) -> None:
        kept = self._kept(step)
        self.path.write_text("".join(kept), encoding="utf-8")
        self._step, self._started = step - 1, time.perf_counter()
        self._before = self._seconds_of(kept[-1]) if kept and not kept[-1].startswith("step,") else 0.0

    def on_step(self, prog: Program, epoch: int, step: int, loss: float) -> None:
        self._step = step
        if (step + 1) % self.every == 0:
            self._write(epoch, {"loss": loss, "lr": prog.lr})

    def on_epoch_end(self, prog: Program, epoch: int, metrics: dict[str, float]) -> None:
        self._write(epoch, {f"epoch_{name}": value for name, value in metrics.items()})

    def _write(self, epoch: int, values: dict[str, float]) -> None:
        seconds = round(self._before + time.perf_counter() - self._started, 3)
        text = io.StringIO()
        if self.path.suffix == ".jsonl":
            text.write(json.dumps({"step": self._step, "epoch": epoch, "seconds": seconds, **values}) + "\n")
        else:
            csv.writer(text, lineterminator="\n").writerows((self._step, epoch, seconds, name, value) for name, value in values.items())
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text.getvalue())

    def _kept(self, step: int) -> list[str]:
        header = [",".join(_COLUMNS) + "\n"] if self.path.suffix == ".csv" else []
        if step == 0 or not self.path.exists():
            return header
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        # The last line may be half of one.
        return header + [line for line in lines[len(header) :] if line.endswith("\n") and self._step_of(line) < step]

    def _step_of(self, line: str) -> int:
        return int(json.loads(line)["step"] if self.path.suffix == ".jsonl" else line.split(",")[0])

    def _seconds_of(self, line: str) -> float:
        return float(json.loads(line)["seconds"] if self.path.suffix == ".jsonl" else line.split(",")[2])


class TensorBoard(Callback):
    """Writes loss, learning rate and metrics for TensorBoard.

    Args:
        folder: of the event files.
        every: steps between two points of a step's values.

    Raises:
        ImportError: neither PyTorch with ``tensorboard`` nor ``tensorboardX`` is installed.
    """

    def __init__(self, folder: str | os.PathLike[str], every: int = 1) -> None:
        self.every = every
        self._step = 0
        self._writer = _summary_writer(os.fspath(folder))

    def on_fit_start(self, prog: Program, step: int) -> None:
        self._step = step

    def on_step(self, prog: Program, epoch: int, step: int, loss: float) -> None:
        self._step = step + 1
        if self._step % self.every == 0:
            self._writer.add_scalar("loss", loss, self._step)
            self._writer.add_scalar("lr", prog.lr, self._step)

    def on_epoch_end(self, prog: Program, epoch: int, metrics: dict[str, float]) -> None:
        for name, value in metrics.items():
            self._writer.add_scalar(f"epoch/{name}", value, self._step)

    def on_fit_end(self, prog: Program) -> None:
        self._writer.flush()


def _summary_writer(folder: str) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        try:
            from tensorboardX import SummaryWriter  # type: ignore[import-not-found,no-redef]
        except ImportError as error:
            raise ImportError("TensorBoard needs PyTorch and tensorboard, or tensorboardX; pip install tensorboardX") from error
    return SummaryWriter(folder)
