# activation.py - functions of one element
"""Functions of one element."""

from __future__ import annotations

from typing import Literal

from ..._tracing import SymbolicTensor
from ._checks import expect_float

__all__ = ["gelu", "relu"]


def relu(x: SymbolicTensor) -> SymbolicTensor:
    """``max(x, 0)``, any shape; the gradient at 0 is 0."""
    expect_float("relu", x)
    name, location = x.trace.layer_name("relu")
    return x.trace.append("relu", [x], x.shape, "{result}", {"name": f'"{name}"'}, location)


def gelu(x: SymbolicTensor, approximate: Literal["none", "tanh"] = "none") -> SymbolicTensor:
    """``x·Φ(x)``, any shape, with the normal distribution exact (erf) or by the usual tanh formula.

    Raises:
        ValueError: an unknown approximation.
    """
    expect_float("gelu", x)
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: expected approximate = 'none' or 'tanh', got {approximate!r}")
    name, location = x.trace.layer_name("gelu")
    return x.trace.append(
        "gelu",
        [x],
        x.shape,
        "{result}",
        {"approximate": f"#auxact.gelu<{approximate}>", "name": f'"{name}"'},
        location,
    )
