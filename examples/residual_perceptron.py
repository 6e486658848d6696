# residual_perceptron.py - the examples' network, its three trainings, the table and the picture
#
# One network serves all rules: stem, four blocks h + linear(relu(linear(h))) followed by relu, head.
"""Shared by digits.py and mnist.py."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import auxact as aa
from auxact.nn import Tensor
from auxact.nn import functional as F
from auxact.report import format_bytes, table

BLOCKS = ["1", "2", "3", "4"]

RULES: dict[str, aa.rules.Rules] = {
    "exact": aa.rules.exact(),
    "ASA": [("0", aa.rules.exact()), ("*", aa.rules.asa())],
    "ARA": aa.rules.ara(groups=[BLOCKS]),
}


class Block(aa.nn.Module):
    """``relu(h + down(relu(up(h))))``, (batch, width) to (batch, width)."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.up = aa.nn.Linear(width, inner)
        self.down = aa.nn.Linear(inner, width)

    def forward(self, h: Tensor) -> Tensor:
        return F.relu(h + self.down(F.relu(self.up(h))))


def network(features: int, width: int, inner: int, classes: int) -> aa.nn.Module:
    """Stem ``"0"``, blocks ``"1"`` to ``"4"``, head ``"5"``."""
    return aa.nn.Sequential(aa.nn.Linear(features, width), *(Block(width, inner) for _ in BLOCKS), aa.nn.Linear(width, classes))


@dataclass(frozen=True)
class Data:
    """Images (rows, features), float32, and labels (rows,), integers; for training and for the test."""

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Result:
    """One rule's training: test accuracy in [0, 1], memory before the run, median seconds a step, the loss of
    every step."""

    rule: str
    accuracy: float
    report: aa.MemoryReport
    step_seconds: float
    losses: list[float]


class StepTimes(aa.Callback):
    """Seconds between the ends of steps."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def on_epoch_start(self, prog: aa.Program, epoch: int) -> None:
        self._last = time.perf_counter()

    def on_step(self, prog: aa.Program, epoch: int, step: int, loss: float) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now


class Decay(aa.Callback):
    """Half a cosine from the first learning rate to 0, by step."""

    def __init__(self, lr: float, steps: int) -> None:
        self.lr, self.steps = lr, steps

    def on_step(self, prog: aa.Program, epoch: int, step: int, loss: float) -> None:
        prog.lr = 0.5 * self.lr * (1 + np.cos(np.pi * (step + 1) / self.steps))


def train(rule: str, data: Data, *, width: int, inner: int, batch: int, epochs: int, lr: float, seed: int = 0) -> Result:
    """Trains the network under one rule, from the same start and over the same batches for every rule."""
    images, labels = data.train
    loader = aa.data.Batches(images, labels, batch_size=batch, seed=seed)
    started = time.perf_counter()
    prog = aa.compile(
        network(images.shape[1], width, inner, int(labels.max()) + 1),
        (images[:batch], labels[:batch]),
        loss="cross_entropy",
        optimizer=aa.optim.SGD(lr=lr, momentum=0.9, weight_decay=1e-4),
        rules=RULES[rule],
        seed=seed,
    )
    report = prog.memory_report()
    print(
        f"{rule}: compiled in {time.perf_counter() - started:.1f} s, peak {format_bytes(report.peak_bytes)}; training {epochs} epochs",
        flush=True,
    )
    times = StepTimes()
    history = aa.fit(prog, loader, epochs, [times, Decay(lr, epochs * len(loader))])
    return Result(rule, prog.evaluate(*data.test)["accuracy"], report, float(np.median(times.seconds)), history.losses)


def summary(results: list[Result]) -> str:
    """The table: one row a rule."""
    rows = [("rule", "test accuracy", "saved bytes", "peak bytes", "step time")]
    for result in results:
        rows.append(
            (
                result.rule,
                f"{result.accuracy:.2%}",
                f"{result.report.saved_bytes:,}",
                f"{result.report.peak_bytes:,}",
                f"{result.step_seconds * 1e3:.2f} ms",
            )
        )
    return table(rows)


def picture(results: list[Result], path: Path) -> None:
    """Loss curves and memory over a step, by rule, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), constrained_layout=True)
    for result in results:
        width = max(1, len(result.losses) // 40)
        smooth = np.convolve(result.losses, np.ones(width) / width, mode="valid")
        left.plot(np.arange(len(smooth)) + width, smooth, label=result.rule)
        live = np.array(result.report.live_bytes()) / 1024
        right.step(
            np.linspace(0, 1, len(live)),
            live,
            where="post",
            label=f"{result.rule}, saved {format_bytes(result.report.saved_bytes)}",
        )
    left.set(xlabel="step", ylabel="training loss", yscale="log", title="Loss")
    right.set(
        xlabel="part of the step (forward, backward, update)",
        ylabel="live bytes in the arena, KiB",
        ylim=0,
        title="Memory over one step",
    )
    for axes in (left, right):
        axes.legend()
        axes.grid(alpha=0.3)
    figure.savefig(path, dpi=120)
    print(f"picture: {path}")
