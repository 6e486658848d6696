# _layers.py - the layers of auxact.nn
"""Layers; shapes are (batch, features) unless said otherwise."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from .._tracing import SymbolicTensor, TraceError
from ..errors import ShapeError
from . import functional
from ._module import Module, Parameter

__all__ = ["GELU", "Flatten", "Linear", "ReLU", "Residual", "Sequential"]


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
        self.in_features, self.out_features = _size("in_features", in_features), _size("out_features", out_features)
        self.weight = Parameter((self.out_features, self.in_features), _uniform(self.in_features))
        self.bias = Parameter((self.out_features,), _uniform(self.in_features)) if bias else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.linear(x, self.get(self.weight), self.get(self.bias) if self.bias is not None else None)

    def __repr__(self) -> str:
        return f"Linear({self.in_features}, {self.out_features}, bias={self.bias is not None})"


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


class Flatten(Module):
    """(batch, …) to (batch, everything else)."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.flatten(x)


class Sequential(Module):
    """Layers one after the other, named ``"0"``, ``"1"``, …"""

    def __init__(self, *layers: Module) -> None:
        super().__init__()
        for index, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"{type(self).__name__}: expected layers, got {type(layer).__name__} at position {index}")
            setattr(self, str(index), layer)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, index: int) -> Module:
        return list(self._modules.values())[index]

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        for layer in self:
            x = layer(x)
            if not isinstance(x, SymbolicTensor):
                raise TraceError(f"{type(layer).__name__} in a {type(self).__name__}: expected one tensor, got {x!r}")
        return x


class Residual(Sequential):
    """``x + layers(x)``; the layers must keep the shape."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return x + super().forward(x)


def _size(name: str, value: int) -> int:
    """A size of a Linear, if it is one; NumPy's integers are."""
    try:
        size = operator.index(value)
    except TypeError:
        raise TypeError(f"Linear: expected {name} to be an integer, got {value!r}") from None
    if isinstance(value, bool) or size < 1:
        raise ShapeError(f"Linear: expected {name} ≥ 1, got {value!r}")
    return size


def _uniform(fan_in: int) -> Any:
    bound = 1.0 / math.sqrt(fan_in)

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.uniform(-bound, bound, shape).astype(np.float32)

    return draw
