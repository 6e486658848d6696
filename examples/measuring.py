# measuring.py - what train.py measures beside the loss: time, memory, and how good a rule's gradients are
"""Figures of a run."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import auxact as aa
from tasks import Task

__all__ = ["StepTimes", "gradient_quality", "measured_growth", "peak_of_a_bundle"]


class StepTimes(aa.Callback):
    """Seconds between the ends of steps."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._last = 0.0

    def on_fit_start(self, prog: aa.Program, step: int) -> None:
        self._last = time.perf_counter()

    def on_epoch_start(self, prog: aa.Program, epoch: int) -> None:
        self._last = time.perf_counter()

    def on_step(self, prog: aa.Program, epoch: int, step: int, loss: float) -> None:
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now

    def median(self) -> float:
        """Of all steps but the first."""
        return float(np.median(self.seconds[1:] or self.seconds or [0.0]))


def measured_growth() -> Callable[[], int]:
    """Starts measuring; the function gives by how many bytes the process's greatest memory has grown since."""

    def read(name: str) -> int:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
        return 0

    # Sets the greatest size back to the present one.
    Path("/proc/self/clear_refs").write_text("5")
    before = read("VmRSS")
    return lambda: read("VmHWM") - before


def peak_of_a_bundle(prog: aa.Program, batch: tuple[np.ndarray, ...]) -> int:
    """By how much a process grows that loads the program and takes three steps: it has no compiler's memory in it."""
    with tempfile.TemporaryDirectory(prefix="auxact-peak-") as folder:
        prog.save(Path(folder) / "program.aux")
        np.savez(Path(folder) / "batch.npz", *batch)
        found = subprocess.run([sys.executable, __file__, folder], capture_output=True, text=True, check=True)
    return int(json.loads(found.stdout)["bytes"])


def gradient_quality(prog: aa.Program, model: aa.nn.Module, task: Task, options: argparse.Namespace) -> dict[str, Any]:
    """How the rule's weight gradients compare with exact ones at the trained parameters, over four batches.

    Returns:
        By parameter whose gradient the rule changes: the cosine with the exact gradient G, and ⟨Ĝ, G⟩ / ‖G‖², which is 1
        for an unbiased rule; and the means of both over these parameters.
    """
    first = task.loader.batch(0, 0)
    smoothing = task.recipe.label_smoothing
    exact = aa.compile(model, first, loss="cross_entropy", label_smoothing=smoothing, seed=options.seed, threads=options.threads, cache_dir=options.cache)
    exact.load_state_dict(prog.state_dict())
    sums: dict[str, np.ndarray] = {}
    for index in range(4):
        batch = task.loader.batch(1000, index)
        ours, theirs = prog.gradients(*batch), exact.gradients(*batch)
        for name, gradient in theirs.items():
            a, b = ours[name].astype(np.float64).ravel(), gradient.astype(np.float64).ravel()
            sums[name] = sums.get(name, np.zeros(3)) + np.array([a @ b, a @ a, b @ b])
    found = {}
    for name, (dot, own, true) in sums.items():
        cosine = dot / np.sqrt(own * true) if own * true > 0.0 else 0.0
        if name.endswith("weight") and cosine < 0.999999:
            found[name] = {"cosine": float(cosine), "ratio": float(dot / true) if true > 0.0 else 0.0}
    means = {key: float(np.mean([value[key] for value in found.values()])) for key in ("cosine", "ratio")} if found else {}
    return {"mean": means, "layers": found}


def _measure(folder: Path) -> int:
    """Growth from before the bundle is loaded to its third step; its pages of code count as well."""
    with np.load(folder / "batch.npz") as arrays:
        batch = [arrays[name] for name in arrays.files]
    aa.AuxActError  # noqa: B018 - the package is loaded before the measurement starts
    from auxact import _auxact  # noqa: F401

    growth = measured_growth()
    prog = aa.load(folder / "program.aux")
    for _ in range(3):
        prog.step(*batch)
    return growth()


if __name__ == "__main__":
    print(json.dumps({"bytes": _measure(Path(sys.argv[1]))}))
