"""Runs compiled kernels on a number of threads, for the benchmarks of single kernels."""

import ctypes
from pathlib import Path

import kernel_harness as harness
import numpy as np
import timing
import torch


class Threads:
    """Our kernels, PyTorch and OpenMP's other users on the same number of threads."""

    def __init__(self, build):
        self.runner = ctypes.CDLL(str(Path(build) / "benchmarks/libauxact-kernel-runner.so")).auxactRunKernel
        self.openmp = ctypes.CDLL(timing.OPENMP)
        self.count = 1

    @staticmethod
    def aligned(shape, dtype=np.float32):
        return harness.guarded(shape, dtype)[0]

    @staticmethod
    def random(*shape, seed=0):
        array = Threads.aligned(shape)
        array[...] = np.random.default_rng(seed).standard_normal(shape)
        return array

    def use(self, count):
        self.count = count
        torch.set_num_threads(count)
        self.openmp.omp_set_num_threads(count)

    def ours(self, compiled, *arrays):
        """A function that runs all tasks of the kernel."""
        count = self.count
        buffers = (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])
        slots = [self.aligned((compiled.workspace_bytes,), np.uint8) for _ in range(count)]
        workspaces = (ctypes.c_void_p * count)(*[slot.ctypes.data for slot in slots])
        arguments = [
            ctypes.cast(compiled.function, ctypes.c_void_p),
            buffers,
            ctypes.c_int64(len(arrays)),
            ctypes.c_int64(compiled.tasks),
            ctypes.c_int64(count),
            workspaces,
        ]

        def run(keep=(slots, arrays)):
            self.runner(*arguments)

        return run
