# arithmetic.py - sums of tensors
"""Sums of tensors."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from ._checks import expect_float

__all__ = ["add"]


def add(a: SymbolicTensor, b: SymbolicTensor) -> SymbolicTensor:
    """``a + b`` of two tensors of one shape.

    Raises:
        ShapeError: the shapes differ.
    """
    expect_float("add", a)
    expect_float("add", b)
    if a.shape != b.shape:
        raise ShapeError(f"add: the shapes {a.shape} and {b.shape} differ; nothing is broadcast")
    _, location = a.trace.layer_name("add")
    return a.trace.append("add", [a, b], a.shape, "{result}", {}, location)
