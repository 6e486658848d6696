# views.py - layers that change a shape
"""Other shapes."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from .. import functional
from .._module import Module

__all__ = ["Flatten"]


class Flatten(Module):
    """(batch, …) to (batch, everything else)."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.flatten(x)
