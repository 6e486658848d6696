# normalization.py - layers of normalizations
"""Normalizations. The features are the last axis: images are (batch, height, width, channels)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from .. import functional
from .._module import Buffer, Module, Parameter
from ..initializers import constant
from ._checks import positive_size

__all__ = ["BatchNorm1d", "BatchNorm2d", "GroupNorm", "LayerNorm", "RMSNorm"]


class LayerNorm(Module):
    """Normalizes each row over the last axis, (batch, …, features).

    Parameters ``weight`` starts at 1 and ``bias`` at 0.

    Args:
        normalized_shape: features, or a list of that one number.
        eps: added to the variance, > 0.
        elementwise_affine: whether there are ``weight`` and ``bias``.
        bias: whether there is a ``bias`` beside the weight.

    Raises:
        TypeError: a size is no integer.
        ShapeError: it is below 1, or there are several.
    """

    def __init__(self, normalized_shape: int | Sequence[int], eps: float = 1e-5, elementwise_affine: bool = True, bias: bool = True) -> None:
        super().__init__()
        self.normalized_shape, self.eps = _features("LayerNorm", normalized_shape), float(eps)
        self.weight = Parameter(self.normalized_shape, constant(1.0)) if elementwise_affine else None
        self.bias = Parameter(self.normalized_shape, constant(0.0)) if elementwise_affine and bias else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        weight, bias = (self.get(held) if held is not None else None for held in (self.weight, self.bias))
        return functional.layer_norm(x, weight, bias, self.eps)

    def __repr__(self) -> str:
        return f"LayerNorm({self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None})"


class RMSNorm(Module):
    """Divides each row by its root mean square over the last axis, (batch, …, features).

    The parameter ``weight`` starts at 1.

    Args:
        normalized_shape: features, or a list of that one number.
        eps: added to the mean square, > 0; ``None``: float32's 2⁻²³.
        elementwise_affine: whether there is a ``weight``.

    Raises:
        TypeError: a size is no integer.
        ShapeError: it is below 1, or there are several.
    """

    def __init__(self, normalized_shape: int | Sequence[int], eps: float | None = None, elementwise_affine: bool = True) -> None:
        super().__init__()
        self.normalized_shape, self.eps = _features("RMSNorm", normalized_shape), eps
        self.weight = Parameter(self.normalized_shape, constant(1.0)) if elementwise_affine else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.rms_norm(x, self.get(self.weight) if self.weight is not None else None, self.eps)

    def __repr__(self) -> str:
        return f"RMSNorm({self.normalized_shape}, eps={self.eps}, elementwise_affine={self.weight is not None})"


class BatchNorm2d(Module):
    """Normalizes each channel over batch and positions: by the batch's mean and variance in training, which also moves the
    buffers ``running_mean`` and ``running_var``; by these in evaluation. (batch, height, width, channels).

    Parameters ``weight`` starts at 1 and ``bias`` at 0.

    Args:
        num_features: channels, ≥ 1.
        eps: added to the variance, > 0.
        momentum: share of the batch in the new running statistics, in [0, 1].
        affine: whether there are ``weight`` and ``bias``.

    Raises:
        TypeError: ``num_features`` is no integer.
        ShapeError: it is below 1.
    """

    torch_ignored: ClassVar[tuple[str, ...]] = ("num_batches_tracked",)

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = True) -> None:
        super().__init__()
        self.num_features = positive_size(type(self).__name__, "num_features", num_features)
        self.eps, self.momentum = float(eps), float(momentum)
        self.weight = Parameter((self.num_features,), constant(1.0)) if affine else None
        self.bias = Parameter((self.num_features,), constant(0.0)) if affine else None
        self.running_mean = Buffer((self.num_features,), constant(0.0))
        self.running_var = Buffer((self.num_features,), constant(1.0))

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        weight, bias = (self.get(held) if held is not None else None for held in (self.weight, self.bias))
        mean, variance = self.get(self.running_mean), self.get(self.running_var)
        y, mean, variance = functional.batch_norm(x, mean, variance, weight, bias, self.momentum, self.eps)
        self.put(self.running_mean, mean)
        self.put(self.running_var, variance)
        return y

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.weight is not None})"


class BatchNorm1d(BatchNorm2d):
    """The same for (batch, features)."""


class GroupNorm(Module):
    """Normalizes groups of neighbouring channels over the positions of each sample, (batch, …, channels).

    Parameters ``weight`` starts at 1 and ``bias`` at 0.

    Args:
        num_groups: divides the channels.
        num_channels: ≥ 1.
        eps: added to the variance, > 0.
        affine: whether there are ``weight`` and ``bias``.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is below 1.
        ValueError: the groups do not divide the channels.
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True) -> None:
        super().__init__()
        self.num_groups, self.num_channels = (
            positive_size("GroupNorm", "num_groups", num_groups),
            positive_size("GroupNorm", "num_channels", num_channels),
        )
        if self.num_channels % self.num_groups:
            raise ValueError(f"GroupNorm: expected a number of groups that divides the {self.num_channels} channels, got {self.num_groups}")
        self.eps = float(eps)
        self.weight = Parameter((self.num_channels,), constant(1.0)) if affine else None
        self.bias = Parameter((self.num_channels,), constant(0.0)) if affine else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        weight, bias = (self.get(held) if held is not None else None for held in (self.weight, self.bias))
        return functional.group_norm(x, self.num_groups, weight, bias, self.eps)

    def __repr__(self) -> str:
        return f"GroupNorm({self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.weight is not None})"


def _features(layer: str, shape: int | Sequence[int]) -> tuple[int]:
    sizes = tuple(shape) if isinstance(shape, Sequence) else (shape,)
    if len(sizes) != 1:
        raise ShapeError(f"{layer}: expected one size, that of the last axis, got {sizes}")
    return (positive_size(layer, "normalized_shape", sizes[0]),)
