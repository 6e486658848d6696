# arithmetic.py - sums of tensors
"""Sums of tensors."""

from __future__ import annotations

import math

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from ._checks import expect_float

__all__ = ["add", "scale"]


def add(a: SymbolicTensor, b: SymbolicTensor) -> SymbolicTensor:
    """``a + b`` of two tensors of one shape, or of one that lacks leading axes of the other, like a table of positions
    (tokens, features) beside (batch, tokens, features).

    Raises:
        ShapeError: the shapes do not fit.
    """
    expect_float("add", a)
    expect_float("add", b)
    wide, narrow = (a, b) if a.ndim >= b.ndim else (b, a)
    if narrow.ndim == 0 or wide.shape[-narrow.ndim :] != narrow.shape:
        raise ShapeError(f"add: the shapes {a.shape} and {b.shape} do not fit; expected one shape, or one without leading axes of the other")
    _, location = a.trace.layer_name("add")
    types = a.type if a.shape == b.shape else f"{a.type}, {b.type}"
    return a.trace.append("add", [a, b], wide.shape, types, {}, location)


def scale(x: SymbolicTensor, factor: float) -> SymbolicTensor:
    """``factor·x`` for a number that is part of the program.

    Raises:
        ValueError: a number that is not finite.
    """
    expect_float("scale", x)
    if not math.isfinite(factor):
        raise ValueError(f"scale: expected a finite factor, got {factor!r}")
    name, location = x.trace.layer_name("scale")
    return x.trace.append("scale", [x], x.shape, "{result}", {"factor": f"{float(factor):e} : f64", "name": f'"{name}"'}, location)
