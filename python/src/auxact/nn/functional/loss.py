# loss.py - losses
"""Losses: a scalar of a whole batch."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import DTypeError, ShapeError
from ._checks import expect_float

__all__ = ["cross_entropy", "mse_loss"]


def cross_entropy(logits: SymbolicTensor, labels: SymbolicTensor, label_smoothing: float = 0.0) -> SymbolicTensor:
    """Mean over the batch of ``-log softmax(logits)`` at the labels, a scalar.

    Args:
        logits: (batch, classes), f32.
        labels: (batch,), integers in [0, classes).
        label_smoothing: part of the target spread evenly over all classes, in [0, 1).

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the labels are no integers.
        ValueError: the smoothing is out of its range.
    """
    expect_float("cross_entropy", logits)
    expect_rank("cross_entropy: logits", logits, 2)
    if labels.dtype != "i32":
        raise DTypeError(f"cross_entropy: expected integer labels, got {labels.type}")
    if labels.shape != logits.shape[:1]:
        raise ShapeError(f"cross_entropy: expected labels of shape {logits.shape[:1]}, got {labels.shape}")
    if not 0.0 <= label_smoothing < 1.0:
        raise ValueError(f"cross_entropy: expected label_smoothing in [0, 1), got {label_smoothing!r}")
    types = f"({logits.type}, {labels.type}) -> {{result}}"
    attributes = {"label_smoothing": f"{float(label_smoothing):e} : f32"}
    _, location = logits.trace.layer_name("cross_entropy")
    return logits.trace.append("cross_entropy", [logits, labels], (), types, attributes, location)


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
