# binary.py - IDX (MNIST) and the binary form of CIFAR
"""Readers of arrays of bytes with a fixed layout."""

from __future__ import annotations

import math
import os

import numpy as np

from ..errors import DataError
from ._files import read_bytes

__all__ = ["read_cifar", "read_idx"]

_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """The array of an IDX file, gzipped or not, in this machine's byte order.

    Raises:
        DataError: it is no IDX file, or its size is not what its header says.
    """
    raw = read_bytes(path)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _IDX_TYPES:
        raise DataError(path, "no IDX file: its first bytes are " + (raw[:4].hex(" ") or "missing"))
    dtype, rank = np.dtype(_IDX_TYPES[raw[2]]), raw[3]
    start = 4 + 4 * rank
    if len(raw) < start:
        raise DataError(path, f"truncated: the header of {rank} dimensions needs {start} bytes, the file has {len(raw)}")
    shape = tuple(int(size) for size in np.frombuffer(raw, ">u4", rank, 4))
    expected = start + math.prod(shape) * dtype.itemsize
    if len(raw) != expected:
        state = "truncated" if len(raw) < expected else "too long"
        raise DataError(path, f"{state}: an array of shape {shape} needs {expected} bytes, the file has {len(raw)}")
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def read_cifar(*paths: str | os.PathLike[str], classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Images (rows, 32, 32, 3), bytes, and labels (rows,), int32, of files in CIFAR's binary form, one after the other.

    Args:
        paths: ``data_batch_1.bin`` and so on.
        classes: 10; or 100: each image has a coarse label, which is skipped, and a fine one.

    Raises:
        DataError: a file is no whole number of images, or a label is out of range.
    """
    if classes not in (10, 100):
        raise ValueError(f"read_cifar: expected 10 or 100 classes, got {classes}")
    head = 1 if classes == 10 else 2
    record = head + 3 * 32 * 32
    images, labels = [], []
    for path in paths:
        raw = np.frombuffer(read_bytes(path), np.uint8)
        if raw.size == 0 or raw.size % record:
            raise DataError(path, f"truncated, or no CIFAR-{classes} file: expected a whole number of records of {record} bytes, got {raw.size} bytes")
        rows = raw.reshape(-1, record)
        label = rows[:, head - 1]
        if wrong := np.flatnonzero(label >= classes).tolist():
            raise DataError(path, f"record {wrong[0]} has the label {label[wrong[0]]}; expected 0 to {classes - 1}")
        images.append(rows[:, head:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
        labels.append(label.astype(np.int32))
    if not paths:
        raise ValueError("read_cifar: expected at least one file")
    return np.ascontiguousarray(np.concatenate(images)), np.concatenate(labels)
