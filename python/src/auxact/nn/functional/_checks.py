# _checks.py - checks that functions of several families make
"""Checks of operands."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from ...errors import DTypeError

__all__ = ["expect_float"]


def expect_float(what: str, tensor: SymbolicTensor) -> None:
    """Raises unless ``tensor`` is a traced float32 tensor.

    Raises:
        TypeError: it is no traced tensor.
        DTypeError: it holds something else than float32.
    """
    if not isinstance(tensor, SymbolicTensor):
        raise TypeError(f"{what}: expected a traced tensor, got {type(tensor).__name__}; layers run in compiled programs")
    if tensor.dtype != "f32":
        raise DTypeError(f"{what}: expected a float32 tensor, got {tensor.type}")
