# activation.py - layers of functions of one element
"""Functions of one element."""

from __future__ import annotations

from typing import Literal

from ..._tracing import SymbolicTensor
from .. import functional
from .._module import Module

__all__ = ["GELU", "ReLU", "SiLU", "Sigmoid", "Softmax", "Tanh"]


class ReLU(Module):
    """``max(x, 0)``; keeps one bit an element."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.relu(x)


class GELU(Module):
    """``x·Φ(x)``.

    Args:
        approximate: ``"none"`` (erf) or ``"tanh"``.

    Raises:
        ValueError: anything else.
    """

    def __init__(self, approximate: Literal["none", "tanh"] = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f"GELU: expected approximate = 'none' or 'tanh', got {approximate!r}")
        self.approximate: Literal["none", "tanh"] = approximate

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.gelu(x, self.approximate)


class SiLU(Module):
    """``x·sigmoid(x)``."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.silu(x)


class Sigmoid(Module):
    """``1/(1 + exp(-x))``; keeps its output."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent; keeps its output."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.tanh(x)


class Softmax(Module):
    """``exp(x)/Σ exp(x)`` over the last axis; keeps its output.

    Args:
        dim: the last axis, as -1 or by number.
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.softmax(x, self.dim)
