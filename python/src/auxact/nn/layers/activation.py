# activation.py - layers of functions of one element
"""Functions of one element."""

from __future__ import annotations

from typing import Literal

from ..._tracing import SymbolicTensor
from .. import functional
from .._module import Module

__all__ = ["GELU", "ReLU"]


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
