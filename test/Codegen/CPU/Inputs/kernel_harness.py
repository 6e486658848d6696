"""Compiles kernels written as MLIR text and calls them on NumPy arrays."""

import ctypes
import subprocess
import tempfile

import numpy as np

COMPILER = "auxact-compile-kernels"
LINKER = "ld.lld-22"


class Kernel:
    """One compiled kernel; calling it runs its tasks one after the other."""

    def __init__(self, library, symbol, tasks, workspace_bytes, seconds):
        self.function = getattr(library, symbol)
        self.symbol = symbol
        self.tasks = tasks
        self.workspace_bytes = workspace_bytes
        self.seconds = seconds

    def __call__(self, inputs, results, order=None):
        """Fills the arrays `results`; `order` is the order of the tasks."""
        workspace, unharmed = guarded((self.workspace_bytes,), np.uint8)
        workspace[...] = 0xFF  # NaN, should anything read it before it is written
        task = np.zeros(1, np.int64)
        arrays = [*inputs, *results, workspace, task]
        arguments = (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays])
        for number in range(self.tasks) if order is None else order:
            task[0] = number
            self.function(arguments)
        assert unharmed(), "wrote outside its workspace"


def compile_kernels(text, target="host"):
    """Compiles every kernel function in `text`; returns them by name."""
    with tempfile.TemporaryDirectory() as directory:
        command = [COMPILER, f"-target={target}", "-o", directory]
        run = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr)
        lines = [line.split() for line in run.stdout.splitlines()]
        library = f"{directory}/kernels.so"
        objects = [f"{directory}/{line[0]}.o" for line in lines]
        # A kernel may call nothing, not even the C library.
        subprocess.run([LINKER, "-shared", "--no-undefined", "-o", library, *objects], check=True)
        loaded = ctypes.CDLL(library)
    return {name: Kernel(loaded, name, int(tasks), int(workspace), float(seconds)) for name, tasks, workspace, seconds in lines}


def bits_shape(shape, size=1):
    """Shape of the bytes that hold `size` bits for each element of `shape`."""
    return (*shape[:-1], (shape[-1] * size + 31) // 32 * 4)


def pack(elements, size=1):
    """Element j of a row has `size` bits from bit j * size on; rows are padded with zeros to 4 bytes."""
    bits = (np.asarray(elements, np.uint8)[..., None] >> np.arange(size, dtype=np.uint8)) & 1
    packed = np.packbits(bits.reshape(*bits.shape[:-2], -1), axis=-1, bitorder="little")
    padded = np.zeros(bits_shape(elements.shape, size), np.uint8)
    padded[..., : packed.shape[-1]] = packed
    return padded


def to_bfloat16(array):
    """float32 to the bits of bf16, to nearest even; NaN keeps its upper half and becomes quiet."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16
    return np.where(np.isnan(array), bits >> 16 | 0x40, rounded).astype(np.uint16)


def from_bfloat16(bits):
    """The bits of bf16 as float32."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def unaligned(array):
    """A copy aligned to its elements and to nothing more."""
    raw = np.zeros(array.nbytes + 128, np.uint8)
    start = -raw.ctypes.data % 64 + array.itemsize
    copy = raw[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def guarded(shape, dtype=np.float32, guard=0xA5):
    """An aligned array in the middle of guard bytes, and a function that says whether they are unharmed."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.full(size + 192, guard, np.uint8)
    start = -raw.ctypes.data % 64 + 64
    array = raw[start : start + size].view(dtype).reshape(shape)
    return array, lambda: bool((raw[:start] == guard).all() and (raw[start + size :] == guard).all())
