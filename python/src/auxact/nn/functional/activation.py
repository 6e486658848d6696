# activation.py - functions of one element
"""Functions of one element."""

from __future__ import annotations

from typing import Literal

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from ._checks import expect_float

__all__ = ["gelu", "relu", "sigmoid", "silu", "softmax", "tanh"]


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


def silu(x: SymbolicTensor) -> SymbolicTensor:
    """``x·sigmoid(x)``, any shape."""
    return _unary("silu", x)


def sigmoid(x: SymbolicTensor) -> SymbolicTensor:
    """``1/(1 + exp(-x))``, any shape; keeps its output."""
    return _unary("sigmoid", x)


def tanh(x: SymbolicTensor) -> SymbolicTensor:
    """Hyperbolic tangent, any shape; keeps its output."""
    return _unary("tanh", x)


def softmax(x: SymbolicTensor, dim: int = -1) -> SymbolicTensor:
    """``exp(x)/Σ exp(x)`` over the last axis; keeps its output.

    Raises:
        ValueError: ``dim`` is another axis.
        ShapeError: a scalar.
    """
    if x.ndim == 0:
        raise ShapeError("softmax: a scalar has no axis")
    if dim not in (-1, x.ndim - 1):
        raise ValueError(f"softmax: expected the last axis, dim = -1, got {dim!r}")
    return _unary("softmax", x)


def _unary(what: str, x: SymbolicTensor) -> SymbolicTensor:
    expect_float(what, x)
    name, location = x.trace.layer_name(what)
    return x.trace.append(what, [x], x.shape, "{result}", {"name": f'"{name}"'}, location)
