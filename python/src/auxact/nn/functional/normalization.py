# normalization.py - normalizations
"""Normalizations. The features are the last axis: images are (batch, height, width, channels)."""

from __future__ import annotations

import math

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from ._checks import expect_float

__all__ = ["batch_norm", "group_norm", "layer_norm", "rms_norm"]


def layer_norm(x: SymbolicTensor, weight: SymbolicTensor | None = None, bias: SymbolicTensor | None = None, eps: float = 1e-5) -> SymbolicTensor:
    """Normalizes each row over the last axis.

    Args:
        x: (batch, …, features).
        weight, bias: (features,), optional.
        eps: added to the variance, > 0.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: eps is out of its range.
    """
    return _row_norm("layer_norm", x, weight, bias, eps)


def rms_norm(x: SymbolicTensor, weight: SymbolicTensor | None = None, eps: float | None = None) -> SymbolicTensor:
    """Divides each row by its root mean square.

    Args:
        x: (batch, …, features).
        weight: (features,), optional.
        eps: added to the mean square, > 0; ``None``: float32's 2⁻²³, as in torch.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: eps is out of its range.
    """
    return _row_norm("rms_norm", x, weight, None, 2.0**-23 if eps is None else eps)


def group_norm(
    x: SymbolicTensor, num_groups: int, weight: SymbolicTensor | None = None, bias: SymbolicTensor | None = None, eps: float = 1e-5
) -> SymbolicTensor:
    """Normalizes groups of neighbouring channels over the positions of each sample.

    Args:
        x: (batch, …, channels).
        num_groups: divides the channels.
        weight, bias: (channels,), optional.
        eps: added to the variance, > 0.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: the groups do not divide the channels, or eps is out of its range.
    """
    if x.ndim and (num_groups < 1 or x.shape[-1] % num_groups):
        raise ValueError(f"group_norm: expected a number of groups that divides the {x.shape[-1]} channels, got {num_groups!r}")
    return _row_norm("group_norm", x, weight, bias, eps, {"groups": f"{num_groups} : i64"})


def batch_norm(
    x: SymbolicTensor,
    running_mean: SymbolicTensor,
    running_var: SymbolicTensor,
    weight: SymbolicTensor | None = None,
    bias: SymbolicTensor | None = None,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> tuple[SymbolicTensor, SymbolicTensor, SymbolicTensor]:
    """Normalizes each feature over batch and positions; in evaluation by the running statistics.

    Args:
        x: (batch, …, features).
        running_mean, running_var: (features,).
        weight, bias: (features,), optional.
        momentum: share of the batch in the new running statistics, in [0, 1].
        eps: added to the variance, > 0.

    Returns:
        The normalized tensor, and the new running statistics, for :meth:`Module.put`.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: momentum or eps is out of its range.
    """
    expect_float("batch_norm", x)
    if x.ndim < 2:
        raise ShapeError(f"batch_norm: expected an input of at least 2 axes, got shape {x.shape}")
    if math.prod(x.shape[:-1]) < 2:
        raise ShapeError(f"batch_norm: expected more than one value a feature to normalize over in training, got shape {x.shape}")
    if not 0.0 <= momentum <= 1.0:
        raise ValueError(f"batch_norm: expected momentum in [0, 1], got {momentum!r}")
    written, operands = _affine("batch_norm", x, weight, bias)
    for name, statistic in (("running_mean", running_mean), ("running_var", running_var)):
        _expect_features("batch_norm", name, statistic, x)
    written += f" running({running_mean.value}, {running_var.value})"
    operands += [running_mean, running_var]
    name, location = x.trace.layer_name("batch_norm")
    attributes = {"epsilon": _positive("batch_norm", eps), "momentum": f"{float(momentum):e} : f64", "name": f'"{name}"'}
    results = [(x.shape, "f32"), (running_mean.shape, "f32"), (running_var.shape, "f32")]
    y, mean, variance = x.trace.append_many("batch_norm", operands, results, _types(operands, "({results})"), attributes, location, written)
    return y, mean, variance


def _row_norm(
    what: str, x: SymbolicTensor, weight: SymbolicTensor | None, bias: SymbolicTensor | None, eps: float, options: dict[str, str] | None = None
) -> SymbolicTensor:
    expect_float(what, x)
    if x.ndim < 2:
        raise ShapeError(f"{what}: expected an input of at least 2 axes, got shape {x.shape}")
    written, operands = _affine(what, x, weight, bias)
    name, location = x.trace.layer_name(what)
    attributes = {"epsilon": _positive(what, eps), **(options or {}), "name": f'"{name}"'}
    return x.trace.append_many(what, operands, [(x.shape, "f32")], _types(operands, "{result}"), attributes, location, written)[0]


def _affine(what: str, x: SymbolicTensor, weight: SymbolicTensor | None, bias: SymbolicTensor | None) -> tuple[str, list[SymbolicTensor]]:
    """The operands so far, and how they are written."""
    written, operands = x.value, [x]
    for name, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None:
            _expect_features(what, name, tensor, x)
            written += f" {name}({tensor.value})"
            operands.append(tensor)
    return written, operands


def _expect_features(what: str, name: str, tensor: SymbolicTensor, x: SymbolicTensor) -> None:
    expect_float(f"{what}: {name}", tensor)
    if tensor.shape != x.shape[-1:]:
        raise ShapeError(f"{what}: expected {name} of shape {x.shape[-1:]}, got {tensor.shape}")


def _positive(what: str, eps: float) -> str:
    if not eps > 0.0:
        raise ValueError(f"{what}: expected eps > 0, got {eps!r}")
    return f"{float(eps):e} : f64"


def _types(operands: list[SymbolicTensor], result: str) -> str:
    return f"({', '.join(operand.type for operand in operands)}) -> {result}"
