# _device.py - arrays in the memory of a GPU, which no NumPy array can show
#
# What a program lends (outputs and state, without a copy) and what it borrows (inputs of PyTorch, JAX, CuPy, Numba).
"""Arrays on a device, by DLPack and the CUDA array interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .errors import DeviceError, InputError

__all__ = ["DeviceArray", "borrow"]

CUDA = 2
"""DLPack's number of CUDA devices."""


class DeviceArray:
    """An array in a GPU's memory, row-major and not writable through this object.

    ``torch.from_dlpack(array)`` and ``jax.dlpack.from_dlpack(array)`` take it without a copy; ``array.numpy()`` copies it to
    the host. One that a program hands out is valid until the program's next call, state until the program
    first runs a larger entry.

    Attributes:
        shape: sizes of its axes.
        dtype: its element type, as NumPy's.
        device: index of the GPU.
    """

    def __init__(
        self,
        pointer: int,
        dtype: np.dtype[Any],
        shape: tuple[int, ...],
        device: int,
        owner: object,
        read: Callable[[], np.ndarray] | None = None,
    ) -> None:
        self._pointer = pointer
        self.dtype = np.dtype(dtype)
        self.shape = tuple(shape)
        self.device = device
        self._owner = owner
        self._read = read

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize

    def numpy(self) -> np.ndarray:
        """A copy in host memory.

        Raises:
            DeviceError: the array is not a program's.
        """
        if self._read is None:
            raise DeviceError("this array belongs to another library: let that copy it to the host")
        return self._read()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("an array on a device needs a copy to be a NumPy array")
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("an array without axes has no length")
        return self.shape[0]

    def __getitem__(self, rows: slice) -> DeviceArray:
        """A view of consecutive rows."""
        if not isinstance(rows, slice) or rows.step not in (None, 1) or not self.shape:
            raise DeviceError("an array on a device can be cut into consecutive rows only: array[first:last]")
        first, last, _ = rows.indices(self.shape[0])
        last = max(first, last)
        stride = self.nbytes // max(self.shape[0], 1)
        read = self._read
        cut = None if read is None else lambda: read()[first:last]
        return DeviceArray(self._pointer + first * stride, self.dtype, (last - first, *self.shape[1:]), self.device, self._owner, cut)

    def __dlpack_device__(self) -> tuple[int, int]:
        return CUDA, self.device

    def __dlpack__(self, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None) -> Any:
        """A capsule for any library that speaks DLPack; whatever writes the array is done by then."""
        from . import _auxact

        if copy or (dl_device is not None and tuple(dl_device) != self.__dlpack_device__()):
            raise BufferError("this array is handed out where it lies, without a copy")
        return _auxact.dlpack_capsule(self._pointer, self.dtype.name, self.shape, CUDA, self.device, self._owner)

    def __repr__(self) -> str:
        return f"<auxact.DeviceArray: {self.dtype}{list(self.shape)} on cuda:{self.device}>"


def borrow(value: Any, name: str) -> DeviceArray | None:
    """A view of another library's array, if it lies on a CUDA device.

    Raises:
        InputError: its rows do not lie one behind the other.
    """
    if isinstance(value, DeviceArray):
        return value
    described = getattr(value, "__cuda_array_interface__", None) if not hasattr(value, "__dlpack_device__") else None
    if described is not None:
        pointer, dtype, shape = described["data"][0], np.dtype(described["typestr"]), tuple(described["shape"])
        strides, device = described.get("strides"), 0
        dense = strides is None or tuple(strides) == _dense_strides(shape, dtype.itemsize)
    else:
        if not hasattr(value, "__dlpack_device__") or int(value.__dlpack_device__()[0]) != CUDA:
            return None
        from . import _auxact

        if getattr(value, "requires_grad", False):
            value = value.detach()
        pointer, code, shape, dense, device = _auxact.describe_array(value)
        dtype = np.dtype(code)
    if not dense:
        raise InputError(f"{name}: an array on a device must be contiguous; make it so first")
    return DeviceArray(pointer, dtype, tuple(shape), device, value)


def _dense_strides(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    strides: list[int] = []
    for length in reversed(shape):
        strides.insert(0, size)
        size *= length
    return tuple(strides)
