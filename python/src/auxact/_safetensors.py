# _safetensors.py - the safetensors file format: named arrays behind a JSON header
#
# Eight bytes, the header's length; the header, which gives each array's type, shape and place; the arrays. It is read
# by hand, as NumPy has no bf16, which the usual library then refuses.
"""Reads and writes ``.safetensors`` files."""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from .errors import DTypeError, InputError

__all__ = ["read", "write"]

_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
_NAMES = {spelled: name for name, spelled in _TYPES.items() if name != "BF16"}


def read(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """All arrays of a file, by name; bf16 becomes float32, the rest is mapped as it lies.

    Raises:
        InputError: no such file, cut short, or no safetensors file.
    """
    name = os.fspath(path)
    try:
        data = np.memmap(name, np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read: {error}") from None
    length = int(data[:8].view("<u8")[0]) if data.size >= 8 else -1
    if not 0 <= length <= data.size - 8:
        raise InputError(f"{name}: no safetensors file, or cut short: {data.size} bytes")
    try:
        header = json.loads(bytes(data[8 : 8 + length]))
        entries = {key: (entry["dtype"], tuple(entry["shape"]), *entry["data_offsets"]) for key, entry in header.items() if key != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(f"{name}: no safetensors file: its header cannot be read") from None
    return {key: _array(name, key, data[8 + length :], *entry) for key, entry in entries.items()}


def _array(path: str, key: str, data: np.ndarray, dtype: str, shape: tuple[int, ...], begin: int, end: int) -> np.ndarray:
    if dtype not in _TYPES:
        raise InputError(f"{path}: '{key}' is of the unknown type {dtype!r}")
    spelled = np.dtype(_TYPES[dtype])
    if end - begin != spelled.itemsize * math.prod(shape):
        raise InputError(f"{path}: '{key}' of shape {shape} has {end - begin} bytes")
    if not 0 <= begin <= end <= data.size:
        raise InputError(f"{path}: cut short: '{key}' ends at byte {end} of {data.size}")
    # The header may leave an array at any byte.
    values = np.frombuffer(data[begin:end], spelled) if begin != end else np.empty(0, spelled)
    if dtype == "BF16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return values.reshape(shape)


def write(path: str | os.PathLike[str], arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str] | None = None) -> None:
    """Writes arrays by name; the file is whole or not there: it replaces an older one at the end.

    Raises:
        DTypeError: an array's type has no name in the format.
        OSError: the folder cannot be written, or is full.
    """
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    offset = 0
    # Wide types first, so that every array is aligned.
    ordered = sorted(arrays.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    for name, array in ordered:
        spelled = array.dtype.newbyteorder("<").str if array.dtype.itemsize > 1 else array.dtype.str
        if spelled not in _NAMES:
            raise DTypeError(f"'{name}': {array.dtype} has no name in safetensors")
        header[name] = {"dtype": _NAMES[spelled], "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    target = os.fspath(path)
    handle, temporary = tempfile.mkstemp(dir=os.path.dirname(target) or ".", prefix=os.path.basename(target) + ".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(len(text).to_bytes(8, "little"))
            file.write(text)
            for _, array in ordered:
                file.write(np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise
