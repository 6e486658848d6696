"""Interleaved timing in one process: only ratios of neighbours in time count."""

import datetime
import os
import platform
import statistics
import sys
import time
from pathlib import Path

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
OPENMP = "/usr/lib/llvm-22/lib/libomp.so"


def share_openmp():
    """Starts this script again with one OpenMP runtime for all libraries.

    Otherwise the idle workers of one runtime spin while another one is measured.
    """
    if OPENMP not in os.environ.get("LD_PRELOAD", "") and Path(OPENMP).exists():
        os.environ["LD_PRELOAD"] = OPENMP
        # Threads that wait sleep at once: spinning would count as work of theirs.
        if "cpu" in " ".join(sys.argv):
            os.environ["KMP_BLOCKTIME"] = "0"
        os.execv(sys.executable, [sys.executable, *sys.argv])


def interleaved(functions, rounds, seconds=0.01, clock=time.perf_counter):
    """Times of each function, one a round; a round calls each for about `seconds`."""
    repeats, times = {}, {name: [] for name in functions}
    for name, function in functions.items():
        function()
        start = clock()
        function()
        repeats[name] = max(1, round(seconds / max(clock() - start, 1e-6)))
    for _ in range(rounds):
        for name, function in functions.items():
            start = clock()
            for _ in range(repeats[name]):
                function()
            times[name].append((clock() - start) / repeats[name])
    return times


def ratio(times, over, under):
    """The median over rounds of time(over) / time(under)."""
    return statistics.median(a / b for a, b in zip(times[over], times[under]))


def machine():
    model = platform.processor()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    return f"{model}, {os.cpu_count()} CPUs, {datetime.date.today()}"
