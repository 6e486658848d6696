# _arrays.py - arrays of any library as NumPy views, and the checks before they reach a program
#
# Policy: nothing is converted but integer labels (to int32); a contiguous array of the right type is used in
# place, without a copy; a non-contiguous one is copied with a CopyWarning; everything else is an error,
# raised before the program's state is touched.
"""Inputs: zero copy by the buffer protocol and DLPack."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._device import DeviceArray, borrow
from .errors import CopyWarning, DeviceError, DTypeError, InputError, ShapeError

__all__ = ["as_array", "as_numpy", "fit_input"]

# DLPack's device types whose memory the host can read.
_HOST_DEVICES = {1, 3}
_DEVICE_NAMES = {
    2: "cuda",
    4: "opencl",
    7: "vulkan",
    8: "metal",
    10: "rocm",
    13: "cuda (managed)",
    14: "oneapi",
}
_DTYPES: dict[str, np.dtype[Any]] = {
    "f32": np.dtype(np.float32),
    "bf16": np.dtype(np.uint16),  # its bits: NumPy has no such type
    "f64": np.dtype(np.float64),
    "i32": np.dtype(np.int32),
    "i64": np.dtype(np.int64),
    "i8": np.dtype(np.int8),
}


def as_numpy(value: Any, name: str) -> np.ndarray:
    """A NumPy view of an array of any library; lists and numbers become new arrays.

    Args:
        value: ``np.ndarray``, anything with ``__dlpack__`` (PyTorch, JAX) or the buffer protocol, nested
            lists, a number.
        name: what errors call it.

    Raises:
        DeviceError: the array lives where the host cannot read it.
        DTypeError: NumPy has no such element type.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return np.asarray(value)
    if hasattr(value, "__dlpack__") and hasattr(value, "__dlpack_device__"):
        try:
            kind = int(value.__dlpack_device__()[0])
        except (BufferError, RuntimeError, ValueError) as error:
            raise DeviceError(f"{name}: expected an array in host memory, got a {type(value).__name__} ({error})") from None
        if kind not in _HOST_DEVICES:
            raise DeviceError(f"{name}: expected an array in host memory, got one on {_DEVICE_NAMES.get(kind, f'device type {kind}')}; copy it first")
        if getattr(value, "requires_grad", False):
            value = value.detach()
        try:
            return np.from_dlpack(value)
        except (BufferError, RuntimeError, TypeError) as error:
            raise DTypeError(f"{name}: cannot view a {type(value).__name__} of {getattr(value, 'dtype', '?')}: {error}") from None
    try:
        return np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"{name}: expected an array, got a ragged {type(value).__name__} ({error})") from None


def as_array(value: Any, name: str, on_device: bool) -> np.ndarray | DeviceArray:
    """As :func:`as_numpy`; a program that runs on a GPU also takes arrays of that GPU's memory.

    Raises:
        DeviceError, DTypeError: see :func:`as_numpy`.
        InputError: an array on a device is not contiguous.
    """
    found = borrow(value, name) if on_device else None
    return as_numpy(value, name) if found is None else found


def dtype_of(code: str) -> np.dtype[Any]:
    """NumPy's type for a spec's ``"f32"``, ``"i32"``, …"""
    return _DTYPES[code]


def _fit_device_array(array: DeviceArray, spec: Mapping[str, Any]) -> DeviceArray:
    """Nothing on a device is converted here; the runtime checks labels."""
    name, shape, wanted = spec["name"], tuple(spec["shape"]), dtype_of(spec["dtype"])
    if array.dtype != wanted and not (spec.get("classes") and array.dtype == np.int64):
        raise DTypeError(f"{name}: expected {wanted}, got {array.dtype} on a device")
    if array.shape != shape:
        raise ShapeError(f"{name}: expected shape {shape}, got {array.shape}")
    return array


def fit_input(value: Any, spec: Mapping[str, Any]) -> Any:
    """The array that a program reads in place for one input.

    Args:
        value: see :func:`as_numpy`.
        spec: the input's ``name``, ``dtype``, ``shape`` and ``classes`` (labels and tokens lie in [0,
            classes), or are ``ignored``; 0: numbers).

    Returns:
        A contiguous array of the spec's type and shape; ``value``'s own memory wherever that is possible. An array on a
        device (:func:`as_array`) stays where it is.

    Raises:
        ShapeError, DTypeError, DeviceError, InputError: it does not fit.
    """
    if isinstance(value, DeviceArray):
        return _fit_device_array(value, spec)
    name, shape, wanted = spec["name"], tuple(spec["shape"]), dtype_of(spec["dtype"])
    array = as_numpy(value, name)
    integers = wanted.kind == "i" and array.dtype.kind in "iu"
    if array.dtype != wanted and not integers:
        hint = f"; convert it with .astype('{wanted}')" if array.dtype.kind in "fiub" else ""
        raise DTypeError(f"{name}: expected {'integers' if wanted.kind == 'i' else wanted}, got {array.dtype}{hint}")
    if array.shape != shape:
        raise ShapeError(f"{name}: expected shape {shape}, got {array.shape}")
    if integers:
        classes = int(spec.get("classes", 0))
        low, high = (0, classes - 1) if classes else (np.iinfo(wanted).min, np.iinfo(wanted).max)
        outside = (array < low) | (array > high)
        if spec.get("ignored") is not None:
            outside &= array != spec["ignored"]
        if np.any(outside):
            where = tuple(int(axis) for axis in np.argwhere(outside)[0])
            spelled = where[0] if len(where) == 1 else where
            raise InputError(f"{name}: expected values in [{low}, {high}], got {array[where]} at index {spelled}")
        array = array.astype(wanted, copy=False)
    if not array.flags.c_contiguous:
        warnings.warn(
            f"{name}: copied, because the array is not contiguous; np.ascontiguousarray avoids it",
            CopyWarning,
            stacklevel=4,
        )
        array = np.ascontiguousarray(array)
    return array
