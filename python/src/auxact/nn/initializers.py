# initializers.py - distributions of parameters' first values
"""First values of parameters, as ``torch.nn.init`` and timm draw them; each returns what :class:`Parameter` takes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

__all__ = ["Initializer", "constant", "fan_in_uniform", "kaiming_normal", "normal", "truncated_normal", "xavier_uniform"]

Initializer = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def constant(value: float) -> Initializer:
    """One number everywhere."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return np.full(shape, value, np.float32)

    return draw


def fan_in_uniform(fan_in: int) -> Initializer:
    """Uniform in ±1/√fan_in: what ``torch.nn`` gives linear maps and convolutions, and their biases."""
    return _uniform(1.0 / math.sqrt(fan_in))


def xavier_uniform(gain: float = 1.0) -> Initializer:
    """Uniform in ±gain·√(6/(in + out)) of an (out, in) matrix."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return _uniform(gain * math.sqrt(6.0 / (shape[0] + math.prod(shape[1:]))))(generator, shape)

    return draw


def kaiming_normal(fan: int) -> Initializer:
    """Normal with variance 2/fan, for maps that a ReLU follows."""
    return normal(math.sqrt(2.0 / fan))


def normal(std: float) -> Initializer:
    """Normal around 0."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return (std * generator.standard_normal(shape)).astype(np.float32)

    return draw


def truncated_normal(std: float, bound: float = 2.0) -> Initializer:
    """Normal around 0, drawn again where it is outside ``±bound``; bound is absolute, as in ``torch.nn.init.trunc_normal_``."""

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        values = std * generator.standard_normal(shape)
        outside = np.abs(values) > bound
        while outside.any():
            values[outside] = std * generator.standard_normal(int(outside.sum()))
            outside = np.abs(values) > bound
        return values.astype(np.float32)

    return draw


def _uniform(bound: float) -> Initializer:
    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        return generator.uniform(-bound, bound, shape).astype(np.float32)

    return draw
