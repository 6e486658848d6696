# views.py - the same elements in other places
"""The same elements under another shape, parts of them, and several tensors as one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..._tracing import SymbolicTensor
from ...errors import DTypeError, ShapeError

__all__ = ["cat", "flatten", "narrow", "permute", "reshape", "select", "transpose"]


def reshape(x: SymbolicTensor, shape: Sequence[int]) -> SymbolicTensor:
    """The same elements in row-major order; the batch axis must stay as it is; one other size may be -1.

    Raises:
        ShapeError: another number of elements, or another batch.
    """
    sizes = [int(size) for size in shape]
    if sizes.count(-1) > 1:
        raise ShapeError(f"reshape: more than one size of {tuple(sizes)} is -1")
    if -1 in sizes:
        known = math.prod(size for size in sizes if size != -1)
        if known == 0 or math.prod(x.shape) % known:
            raise ShapeError(f"reshape: {x.shape} does not fit {tuple(sizes)}")
        sizes[sizes.index(-1)] = math.prod(x.shape) // known
    if math.prod(sizes) != math.prod(x.shape):
        raise ShapeError(f"reshape: {x.shape} has {math.prod(x.shape)} elements, {tuple(sizes)} has {math.prod(sizes)}")
    if not sizes or sizes[0] != x.shape[0]:
        raise ShapeError(f"reshape: the batch axis must stay {x.shape[0]}, got {tuple(sizes)}")
    return _reshape(x, sizes)


def _reshape(x: SymbolicTensor, sizes: Sequence[int]) -> SymbolicTensor:
    if tuple(sizes) == x.shape:
        return x
    name, location = x.trace.layer_name("reshape")
    return x.trace.append("reshape", [x], sizes, f"{x.type} -> {{result}}", {"name": f'"{name}"'}, location, x.dtype)


def flatten(x: SymbolicTensor) -> SymbolicTensor:
    """(batch, …) as (batch, everything else)."""
    if x.ndim == 0:
        raise ShapeError("flatten: a scalar has no batch axis")
    return reshape(x, (x.shape[0], math.prod(x.shape[1:])))


def permute(x: SymbolicTensor, dims: Sequence[int]) -> SymbolicTensor:
    """Axis i of the result is axis ``dims[i]``. No copy where the reader is a layer.

    Raises:
        ShapeError: ``dims`` does not name every axis once.
    """
    order = [int(dim) + x.ndim if dim < 0 else int(dim) for dim in dims]
    if sorted(order) != list(range(x.ndim)):
        raise ShapeError(f"permute: expected the axes of {x.shape} in some order, got {tuple(dims)}")
    if order == list(range(x.ndim)):
        return x
    _, location = x.trace.layer_name("permute")
    attributes = {"permutation": f"array<i64: {', '.join(map(str, order))}>"}
    shape = [x.shape[dim] for dim in order]
    return x.trace.append("transpose", [x], shape, f"{x.type} -> {{result}}", attributes, location, x.dtype)


def transpose(x: SymbolicTensor, dim0: int, dim1: int) -> SymbolicTensor:
    """Two axes exchanged."""
    order = list(range(x.ndim))
    first, second = _axis("transpose", x, dim0), _axis("transpose", x, dim1)
    order[first], order[second] = second, first
    return permute(x, order)


def narrow(x: SymbolicTensor, dim: int, start: int, length: int) -> SymbolicTensor:
    """``length`` elements of axis ``dim`` from ``start``. No copy where the reader is a layer.

    Raises:
        ShapeError: there are not so many.
    """
    axis = _axis("narrow", x, dim)
    first = start + x.shape[axis] if start < 0 else start
    if length < 1 or first < 0 or first + length > x.shape[axis]:
        raise ShapeError(f"narrow: {x.shape} has no {length} elements from {start} along axis {dim}")
    if length == x.shape[axis]:
        return x
    _, location = x.trace.layer_name("narrow")
    attributes = {"dim": f"{axis} : i64", "start": f"{first} : i64", "size": f"{length} : i64"}
    shape = [*x.shape[:axis], length, *x.shape[axis + 1 :]]
    return x.trace.append("slice", [x], shape, f"{x.type} -> {{result}}", attributes, location, x.dtype)


def select(x: SymbolicTensor, dim: int, index: int) -> SymbolicTensor:
    """One position of axis ``dim``, which the result lacks: ``select(x, 1, 0)`` is the first token of every row.

    Raises:
        ShapeError: there is no such position.
    """
    axis = _axis("select", x, dim)
    if not -x.shape[axis] <= index < x.shape[axis]:
        raise ShapeError(f"select: axis {dim} of {x.shape} has no position {index}")
    part = narrow(x, axis, index % x.shape[axis], 1)
    return _reshape(part, [*x.shape[:axis], *x.shape[axis + 1 :]])


def cat(tensors: Sequence[SymbolicTensor], dim: int = 0) -> SymbolicTensor:
    """The tensors one after the other along axis ``dim``; one that lacks leading axes is the same for each of them: a learned
    token (1, features) before (batch, tokens, features).

    Raises:
        ShapeError: they differ in another axis.
    """
    widest = max(tensors, key=lambda tensor: tensor.ndim, default=None)
    if widest is None:
        raise ShapeError("cat: expected at least one tensor")
    axis = _axis("cat", widest, dim)
    size = 0
    for tensor in tensors:
        if tensor.dtype != widest.dtype:
            raise DTypeError(f"cat: expected tensors of one type, got {widest.type} and {tensor.type}")
        own = axis - (widest.ndim - tensor.ndim)
        expected = list(widest.shape[widest.ndim - tensor.ndim :])
        if own < 0 or [*tensor.shape[:own], expected[own], *tensor.shape[own + 1 :]] != expected:
            raise ShapeError(f"cat: the shapes {widest.shape} and {tensor.shape} differ in another axis than {dim}")
        size += tensor.shape[own]
    if len(tensors) == 1:
        return widest
    _, location = widest.trace.layer_name("cat")
    shape = [*widest.shape[:axis], size, *widest.shape[axis + 1 :]]
    types = f"({', '.join(tensor.type for tensor in tensors)}) -> {{result}}"
    return widest.trace.append("concat", list(tensors), shape, types, {"dim": f"{axis} : i64"}, location, widest.dtype)


def _axis(what: str, x: SymbolicTensor, dim: int) -> int:
    if not -x.ndim <= dim < x.ndim:
        raise ShapeError(f"{what}: {x.shape} has no axis {dim}")
    return int(dim) % x.ndim
