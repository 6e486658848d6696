# linear.py - linear maps
"""Linear maps."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import ShapeError
from ._checks import expect_float

__all__ = ["linear", "token_linear"]


def linear(x: SymbolicTensor, weight: SymbolicTensor, bias: SymbolicTensor | None = None) -> SymbolicTensor:
    """``x·weightᵀ + bias`` over the last axis.

    Args:
        x: (batch, …, in).
        weight: (out, in).
        bias: (out,), optional.

    Returns:
        (batch, …, out).

    Raises:
        ShapeError: the shapes do not fit.
    """
    expect_float("linear", x)
    if x.ndim < 2:
        raise ShapeError(f"linear: expected an input of at least 2 axes, got shape {x.shape}")
    expect_rank("linear: weight", weight, 2)
    if x.shape[-1] != weight.shape[1]:
        raise ShapeError(f"linear: the weight {weight.shape} takes {weight.shape[1]} features, the input has {x.shape[-1]}")
    operands = [x, weight]
    if bias is not None:
        if bias.shape != (weight.shape[0],):
            raise ShapeError(f"linear: expected a bias of shape {(weight.shape[0],)}, got {bias.shape}")
        operands.append(bias)
    name, location = x.trace.layer_name("linear")
    x.trace.layers.append(name)
    types = f"({', '.join(operand.type for operand in operands)}) -> {{result}}"
    return x.trace.append("linear", operands, (*x.shape[:-1], weight.shape[0]), types, {"name": f'"{name}"'}, location)


def token_linear(x: SymbolicTensor, weight: SymbolicTensor, bias: SymbolicTensor | None = None) -> SymbolicTensor:
    """``weight·x + bias`` over the token axis, for each element of the batch and each feature.

    Args:
        x: (batch, tokens_in, features).
        weight: (tokens_out, tokens_in).
        bias: (tokens_out,), optional.

    Returns:
        (batch, tokens_out, features).

    Raises:
        ShapeError: the shapes do not fit.
    """
    expect_float("token_linear", x)
    expect_rank("token_linear: input", x, 3)
    expect_rank("token_linear: weight", weight, 2)
    if x.shape[1] != weight.shape[1]:
        raise ShapeError(f"token_linear: the weight {weight.shape} takes {weight.shape[1]} tokens, the input has {x.shape[1]}")
    operands = [x, weight]
    if bias is not None:
        if bias.shape != (weight.shape[0],):
            raise ShapeError(f"token_linear: expected a bias of shape {(weight.shape[0],)}, got {bias.shape}")
        operands.append(bias)
    name, location = x.trace.layer_name("token_linear")
    x.trace.layers.append(name)
    types = f"({', '.join(operand.type for operand in operands)}) -> {{result}}"
    shape = (x.shape[0], weight.shape[0], x.shape[2])
    return x.trace.append("token_linear", operands, shape, types, {"name": f'"{name}"'}, location)
