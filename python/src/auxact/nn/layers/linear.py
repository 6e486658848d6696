# linear.py - layers of linear maps
"""Linear maps."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from .. import functional, initializers
from .._module import Module, Parameter
from ._checks import positive_size

__all__ = ["Linear", "TokenLinear"]


class Linear(Module):
    """``x·weightᵀ + bias``, (batch, …, in_features) to (batch, …, out_features); the rules say what its
    weight gradient is.

    Parameters ``weight`` (out, in) and ``bias`` (out,) start uniform in ±1/√in_features, torch.nn's default.

    Args:
        in_features: ≥ 1.
        out_features: ≥ 1.
        bias: whether there is one.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is below 1.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = positive_size("Linear", "in_features", in_features)
        self.out_features = positive_size("Linear", "out_features", out_features)
        self.weight = Parameter((self.out_features, self.in_features), initializers.fan_in_uniform(self.in_features))
        self.bias = Parameter((self.out_features,), initializers.fan_in_uniform(self.in_features)) if bias else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.linear(x, self.get(self.weight), self.get(self.bias) if self.bias is not None else None)

    def __repr__(self) -> str:
        return f"Linear({self.in_features}, {self.out_features}, bias={self.bias is not None})"


class TokenLinear(Module):
    """``weight·x + bias`` over tokens, (batch, tokens_in, features) to (batch, tokens_out, features): what
    ``Linear(tokens_in, tokens_out)`` does to the transposed sequence, without transposing it.

    Parameters ``weight`` (out, in) and ``bias`` (out,) are those of that layer, their first values too.

    Args:
        tokens_in: ≥ 1.
        tokens_out: ≥ 1.
        bias: whether there is one.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is below 1.
    """

    def __init__(self, tokens_in: int, tokens_out: int, bias: bool = True) -> None:
        super().__init__()
        self.tokens_in = positive_size("TokenLinear", "tokens_in", tokens_in)
        self.tokens_out = positive_size("TokenLinear", "tokens_out", tokens_out)
        self.weight = Parameter((self.tokens_out, self.tokens_in), initializers.fan_in_uniform(self.tokens_in))
        self.bias = Parameter((self.tokens_out,), initializers.fan_in_uniform(self.tokens_in)) if bias else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.token_linear(x, self.get(self.weight), self.get(self.bias) if self.bias is not None else None)

    def __repr__(self) -> str:
        return f"TokenLinear({self.tokens_in}, {self.tokens_out}, bias={self.bias is not None})"
