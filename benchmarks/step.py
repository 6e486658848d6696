#!/usr/bin/env python3
# step.py - a training step of a perceptron against PyTorch's eager step
#
# Both sides in one process, run in turn; the figures are medians of ratios, since the speed of a shared machine drifts by more than the
# difference that matters.
"""The step of a deep perceptron with SGD: exact and sign, against PyTorch's eager step."""

from __future__ import annotations

import argparse
import ctypes.util
import datetime
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def share_openmp() -> None:
    """Start again with LLVM's OpenMP runtime loaded first: it serves torch's calls too, so that the idle workers of
    one side do not spin beside the other's."""
    if "AUXACT_BENCH_OPENMP" in os.environ:
        return
    candidates = ["/usr/lib/llvm-22/lib/libomp.so", ctypes.util.find_library("omp") or ""]
    library = next((path for path in candidates if path and os.path.exists(path)), None)
    environment = {**os.environ, "AUXACT_BENCH_OPENMP": library or "none"}
    if library:
        environment["LD_PRELOAD"] = library
    os.execve(sys.executable, [sys.executable, *sys.argv], environment)


def cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def interleave(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each call, every round running all of them in turn; three rounds are not counted."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for index in range(rounds + 3):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            if index >= 3:
                times[name].append(time.perf_counter() - start)
    return times


def measure(width: int, layers: int, batch: int, threads: int, rounds: int) -> dict[str, object]:
    import numpy as np
    import torch

    import auxact as aa

    torch.set_num_threads(threads)
    generator = np.random.default_rng(0)
    x = generator.standard_normal((batch, width), dtype=np.float32)
    y = generator.integers(0, width, batch).astype(np.int64)

    def compiled(rules: aa.rules.Rules) -> Callable[[], object]:
        linears = [aa.nn.Linear(width, width) for _ in range(layers)]
        modules: list[aa.nn.Module] = [module for linear in linears for module in (linear, aa.nn.ReLU())][:-1]
        program = aa.compile(aa.nn.Sequential(*modules), example_inputs=(x, y), loss="cross_entropy", optimizer=aa.optim.SGD(lr=0.01), rules=rules, threads=threads)
        return lambda: program.step(x, y)

    modules = [module for _ in range(layers) for module in (torch.nn.Linear(width, width), torch.nn.ReLU())][:-1]
    model = torch.nn.Sequential(*modules)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    inputs, labels = torch.from_numpy(x), torch.from_numpy(y)

    def eager() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()

    sign = [("0", aa.rules.exact()), ("*", aa.rules.asa())]
    times = interleave({"exact": compiled(aa.rules.exact()), "sign": compiled(sign), "torch": eager}, rounds)

    def ratio(name: str, other: str) -> float:
        return round(statistics.median(a / b for a, b in zip(times[name], times[other])), 3)

    return {
        "threads": threads,
        "milliseconds": {name: round(statistics.median(values) * 1e3, 2) for name, values in times.items()},
        "exact / torch": ratio("exact", "torch"),
        "sign / torch": ratio("sign", "torch"),
        "sign / exact": ratio("sign", "exact"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--width", type=int, default=1024, help="features of every layer")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--batch", type=int, default=512, help="rows")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=31, help="counted rounds; the figures are medians over them")
    parser.add_argument("--save", action="store_true", help="write the figures to benchmarks/results/")
    options = parser.parse_args()
    share_openmp()
    import torch

    rows = [measure(options.width, options.layers, options.batch, threads, options.rounds) for threads in options.threads]
    for row in rows:
        print(json.dumps(row))
    if options.save:
        RESULTS.mkdir(exist_ok=True)
        report = {
            "date": datetime.date.today().isoformat(),
            "machine": f"{cpu_name()}, {os.cpu_count()} cores",
            "torch": torch.__version__,
            "step": f"perceptron, {options.layers} layers, width {options.width}, batch {options.batch}, SGD, float32",
            "rounds": options.rounds,
            "figures": rows,
        }
        path = RESULTS / "step.json"
        path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        print(f"written to {path}")


if __name__ == "__main__":
    main()
