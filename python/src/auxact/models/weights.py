# weights.py - parameters under PyTorch's names and in its layouts
#
# A model's own names are PyTorch's but where one tensor there is several here (a fused query-key-value map), and its
# layouts differ where the axes do (kernels). Modules and parameters say so themselves; this file only follows.
"""State dicts of torchvision, timm, transformers and ``torch.nn``, in and out, and as ``.safetensors`` files."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import _arrays, _safetensors
from ..errors import DTypeError, InputError, ShapeError
from ..nn import Buffer, Module, Parameter
from ..program import Program

__all__ = ["from_torch", "load_weights", "save_weights", "to_torch"]

_SHOWN = 8


def from_torch(model: Module, state: Mapping[str, Any], strict: bool = True) -> dict[str, np.ndarray]:
    """A state dict of PyTorch's names and layouts as one of ``model``, for :meth:`Program.load_state_dict`.

    Args:
        model: the model, whose structure says what is what.
        state: floating-point arrays of any library by name.
        strict: whether every name must be there, and no other. ``strict=False`` leaves out what is missing and ignores
            what is unknown; shapes must fit all the same.

    Raises:
        InputError: names are missing or unknown, or one tensor that has two names is given with two values.
        ShapeError, DTypeError: an array does not fit.
    """
    entries = list(_entries(model))
    given = {entry.part_names for entry in entries if entry.name in state}
    missing = [entry.name for entry in entries if entry.name not in state and entry.part_names not in given]
    known = {entry.name for entry in entries}
    ignored = set(_ignored(model))
    unknown = [name for name in state if name not in known and name not in ignored]
    if strict and (missing or unknown):
        faults = [f"{kind} {_listing(names)}" for kind, names in (("missing", missing), ("unknown", unknown)) if names]
        raise InputError(f"{type(model).__name__}: the state dict does not fit: {'; '.join(faults)}; strict=False loads what fits")
    result: dict[str, np.ndarray] = {}
    origin: dict[str, str] = {}
    for entry in entries:
        if entry.name not in state:
            continue
        for part, value in zip(entry.part_names, entry.split(state[entry.name]), strict=True):
            if part in result and not np.array_equal(result[part], value, equal_nan=True):
                raise InputError(f"'{origin[part]}' and '{entry.name}' are one tensor in this {type(model).__name__}, but their values differ")
            result[part], origin[part] = value, entry.name
    return result


def to_torch(model: Module, state: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The reverse of :func:`from_torch`: a program's ``state_dict()`` under PyTorch's names and in its layouts. A tensor that
    has several names there comes under each.

    Raises:
        InputError: ``state`` lacks a parameter or buffer of the model.
        ShapeError: one has another shape.
    """
    entries = list(_entries(model))
    missing = [part for entry in entries for part in entry.part_names if part not in state]
    if missing:
        raise InputError(f"{type(model).__name__}: the state lacks {_listing(missing)}")
    return {entry.name: entry.join(state) for entry in entries}


def load_weights(program: Program, model: Module, source: Mapping[str, Any] | str | os.PathLike[str], strict: bool = True) -> None:
    """Overwrites a program's parameters and buffers by those of a state dict of PyTorch's names, or of a ``.safetensors`` file
    that holds one. Nothing is overwritten where something does not fit.

    Args:
        program: compiled from ``model``.
        model: the model.
        source: arrays by name, or a path.
        strict: as in :func:`from_torch`.

    Raises:
        InputError, ShapeError, DTypeError: as :func:`from_torch`, or the file cannot be read.
    """
    state = source if isinstance(source, Mapping) else _safetensors.read(source)
    # Names were checked; what is left out is a table of the model's own.
    program.load_state_dict(from_torch(model, state, strict), strict=False)


def save_weights(program: Program, model: Module, path: str | os.PathLike[str]) -> None:
    """Writes a program's parameters and buffers into a ``.safetensors`` file, under PyTorch's names and in its layouts.

    Raises:
        OSError: the file cannot be written; an older one is as it was.
    """
    _safetensors.write(path, to_torch(model, program.state_dict()), {"format": "pt"})


@dataclass(frozen=True)
class _Entry:
    """One tensor of PyTorch's state dict, and what it is made of."""

    name: str
    part_names: tuple[str, ...]
    parts: tuple[Parameter | Buffer, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        first = self.parts[0].torch_shape
        return first if len(self.parts) == 1 else (sum(part.torch_shape[0] for part in self.parts), *first[1:])

    def split(self, value: Any) -> list[np.ndarray]:
        array = _as_float32(value, self.name)
        if array.shape != self.shape:
            raise ShapeError(f"'{self.name}': expected shape {self.shape}, got {array.shape}")
        if len(self.parts) == 1:
            return [self.parts[0].from_torch(array)]
        ends = np.cumsum([part.torch_shape[0] for part in self.parts])[:-1]
        return [part.from_torch(piece) for part, piece in zip(self.parts, np.split(array, ends), strict=True)]

    def join(self, state: Mapping[str, Any]) -> np.ndarray:
        pieces = []
        for name, part in zip(self.part_names, self.parts, strict=True):
            array = _as_float32(state[name], name)
            if array.shape != part.shape:
                raise ShapeError(f"'{name}': expected shape {part.shape}, got {array.shape}")
            pieces.append(part.to_torch(array))
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _entries(model: Module) -> Iterator[_Entry]:
    """In the order of the model's parameters, then buffers."""
    buffers = [(name, buffer) for name, buffer in model.named_buffers(remove_duplicate=False) if buffer.persistent]
    held: dict[str, Parameter | Buffer] = dict([*model.named_parameters(remove_duplicate=False), *buffers])
    first: dict[int, str] = {}
    for name, tensor in held.items():
        first.setdefault(id(tensor), name)
    fused: dict[str, tuple[str, tuple[str, ...]]] = {}
    for path, module in model.named_modules():
        prefix = f"{path}." if path else ""
        for outer, inner in module.torch_fused.items():
            parts = tuple(prefix + name for name in inner if prefix + name in held)
            fused.update({part: (prefix + outer, parts) for part in parts})
    done: set[str] = set()
    for name in held:
        outer, parts = fused.get(name, (name, (name,)))
        if outer not in done:
            done.add(outer)
            tensors = tuple(held[part] for part in parts)
            yield _Entry(outer, tuple(first[id(tensor)] for tensor in tensors), tensors)


def _ignored(model: Module) -> Iterator[str]:
    for path, module in model.named_modules():
        yield from (f"{path}.{name}" if path else name for name in module.torch_ignored)


def _as_float32(value: Any, name: str) -> np.ndarray:
    if str(getattr(value, "dtype", "")) == "torch.bfloat16":
        value = value.float()  # NumPy has no such type
    array = _arrays.as_numpy(value, name)
    if array.dtype.kind != "f":
        raise DTypeError(f"'{name}': expected floating-point numbers, got {array.dtype}")
    return array.astype(np.float32, copy=False)


def _listing(names: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} and {len(names) - _SHOWN} more"
