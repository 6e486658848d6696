# views.py - the same elements under another shape
"""The same elements under another shape."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..._tracing import SymbolicTensor
from ...errors import ShapeError

__all__ = ["flatten", "reshape"]


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
    if tuple(sizes) == x.shape:
        return x
    name, location = x.trace.layer_name("reshape")
    return x.trace.append("reshape", [x], sizes, f"{x.type} -> {{result}}", {"name": f'"{name}"'}, location)


def flatten(x: SymbolicTensor) -> SymbolicTensor:
    """(batch, …) as (batch, everything else)."""
    if x.ndim == 0:
        raise ShapeError("flatten: a scalar has no batch axis")
    return reshape(x, (x.shape[0], math.prod(x.shape[1:])))
