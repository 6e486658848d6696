# dropout.py - layers of dropout and stochastic depth
"""Random zeros in training; nothing is kept of them. Identities in evaluation."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from .. import functional
from .._module import Module

__all__ = ["DropPath", "Dropout"]


class _Drop(Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0.0 <= p < 1.0:
            raise ValueError(f"{type(self).__name__}: expected p in [0, 1), got {p!r}")
        self.p = float(p)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p})"


class Dropout(_Drop):
    """In training an element is 0 with probability ``p`` and divided by 1 - p otherwise.

    Raises:
        ValueError: ``p`` is not in [0, 1).
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__(p)

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.dropout(x, self.p)


class DropPath(_Drop):
    """Stochastic depth: in training a whole sample is 0 with probability ``p`` and divided by 1 - p otherwise. Goes at the
    end of the branch of a residual connection.

    Raises:
        ValueError: ``p`` is not in [0, 1).
    """

    def __init__(self, p: float = 0.0) -> None:
        super().__init__(p)

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.drop_path(x, self.p)
