# loss.py - losses
"""Losses: a scalar of a whole batch."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import DTypeError, ShapeError
from ._checks import expect_float

__all__ = ["cross_entropy", "linear_cross_entropy", "mse_loss"]


def cross_entropy(
    logits: SymbolicTensor,
    labels: SymbolicTensor,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
) -> SymbolicTensor:
    """Mean of ``-log softmax(logits)`` at the labels, a scalar.

    Args:
        logits: (batch, …, classes), f32: the classes are the last axis.
        labels: (batch, …), integers in [0, classes), or ``ignore_index``; another is an
            :class:`auxact.InputError` when the program runs.
        label_smoothing: part of the target spread evenly over all classes, in [0, 1).
        ignore_index: a label whose rows do not count (-100 in PyTorch): the mean is over the others, and 0 where there
            is none.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the labels are no integers.
        ValueError: the smoothing is out of its range.
    """
    expect_float("cross_entropy", logits)
    if logits.ndim < 2:
        raise ShapeError(f"cross_entropy: logits: expected at least 2 axes, got shape {logits.shape}")
    attributes = _loss_attributes("cross_entropy", labels, logits.shape[:-1], label_smoothing, ignore_index)
    types = f"({logits.type}, {labels.type}) -> {{result}}"
    _, location = logits.trace.layer_name("cross_entropy")
    return logits.trace.append("cross_entropy", [logits, labels], (), types, attributes, location)


def linear_cross_entropy(
    x: SymbolicTensor,
    weight: SymbolicTensor,
    labels: SymbolicTensor,
    bias: SymbolicTensor | None = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    chunk: int | None = None,
) -> SymbolicTensor:
    """``cross_entropy(linear(x, weight, bias), labels)`` for a large vocabulary: the logits of all rows are never there at
    once, neither in the forward pass nor in the backward. The layer is exact, whatever the rules say.

    Args:
        x: (batch, …, features).
        weight: (classes, features); it may be an embedding's table.
        labels: (batch, …), as in :func:`cross_entropy`.
        bias: (classes,), optional.
        label_smoothing: as in :func:`cross_entropy`.
        ignore_index: as in :func:`cross_entropy`.
        chunk: for how many classes logits are made at a time, a multiple of 256; chosen by shape if not given.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the labels are no integers.
        ValueError: the smoothing or the chunk is out of its range.
    """
    expect_float("linear_cross_entropy", x)
    if x.ndim < 2:
        raise ShapeError(f"linear_cross_entropy: expected an input of at least 2 axes, got shape {x.shape}")
    expect_rank("linear_cross_entropy: weight", weight, 2)
    if weight.shape[1] != x.shape[-1]:
        raise ShapeError(f"linear_cross_entropy: the weight {weight.shape} takes {weight.shape[1]} features, the input has {x.shape[-1]}")
    attributes = _loss_attributes("linear_cross_entropy", labels, x.shape[:-1], label_smoothing, ignore_index)
    operands = [x, weight, labels]
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ShapeError(f"linear_cross_entropy: expected a bias of shape {weight.shape[:1]}, got {bias.shape}")
    if chunk is not None:
        if chunk < 256 or chunk % 256:
            raise ValueError(f"linear_cross_entropy: expected a chunk that is a multiple of 256, got {chunk}")
        attributes["chunk"] = f"{int(chunk)} : i64"
    if bias is not None:
        operands.append(bias)
    name, location = x.trace.layer_name("linear_cross_entropy")
    attributes["name"] = f'"{name}"'
    types = f"({', '.join(operand.type for operand in operands)}) -> {{result}}"
    return x.trace.append("linear_cross_entropy", operands, (), types, attributes, location)


def _loss_attributes(what: str, labels: SymbolicTensor, rows: tuple[int, ...], label_smoothing: float, ignore_index: int | None) -> dict[str, str]:
    """Checks what losses over classes have in common, and spells their attributes."""
    if labels.dtype != "i32":
        raise DTypeError(f"{what}: expected integer labels, got {labels.type}")
    if labels.shape != rows:
        raise ShapeError(f"{what}: expected labels of shape {rows}, got {labels.shape}")
    if not 0.0 <= label_smoothing < 1.0:
        raise ValueError(f"{what}: expected label_smoothing in [0, 1), got {label_smoothing!r}")
    attributes = {"label_smoothing": f"{float(label_smoothing):e} : f32"}
    if ignore_index is not None:
        attributes["ignore_index"] = f"{int(ignore_index)} : i64"
    return attributes


def mse_loss(prediction: SymbolicTensor, target: SymbolicTensor) -> SymbolicTensor:
    """Mean of ``(prediction - target)²`` over all elements, a scalar.

    Raises:
        ShapeError: the shapes differ.
    """
    expect_float("mse_loss", prediction)
    expect_float("mse_loss", target)
    if prediction.shape != target.shape:
        raise ShapeError(f"mse_loss: the shapes {prediction.shape} and {target.shape} differ; nothing is broadcast")
    types = f"({prediction.type}, {target.type}) -> {{result}}"
    _, location = prediction.trace.layer_name("mean_squared_error")
    return prediction.trace.append("mean_squared_error", [prediction, target], (), types, {}, location)
