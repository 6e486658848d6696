# functional.py - the operations of the auxact dialect as functions on symbolic tensors
"""Functions for a traced ``forward``. Every tensor is symbolic; sizes are static; the first axis is the
batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from .._tracing import SymbolicTensor, expect_rank
from ..errors import DTypeError, ShapeError

__all__ = ["add", "cross_entropy", "flatten", "gelu", "linear", "mse_loss", "relu", "reshape"]


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
    _floating("linear", x)
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


def relu(x: SymbolicTensor) -> SymbolicTensor:
    """``max(x, 0)``, any shape; the gradient at 0 is 0."""
    _floating("relu", x)
    name, location = x.trace.layer_name("relu")
    return x.trace.append("relu", [x], x.shape, "{result}", {"name": f'"{name}"'}, location)


def gelu(x: SymbolicTensor, approximate: Literal["none", "tanh"] = "none") -> SymbolicTensor:
    """``x·Φ(x)``, any shape, with the normal distribution exact (erf) or by the usual tanh formula.

    Raises:
        ValueError: an unknown approximation.
    """
    _floating("gelu", x)
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


def add(a: SymbolicTensor, b: SymbolicTensor) -> SymbolicTensor:
    """``a + b`` of two tensors of one shape.

    Raises:
        ShapeError: the shapes differ.
    """
    _floating("add", a)
    _floating("add", b)
    if a.shape != b.shape:
        raise ShapeError(f"add: the shapes {a.shape} and {b.shape} differ; nothing is broadcast")
    _, location = a.trace.layer_name("add")
    return a.trace.append("add", [a, b], a.shape, "{result}", {}, location)


def reshape(x: SymbolicTensor, shape: Sequence[int]) -> SymbolicTensor:
    """The same elements in row-major order; the batch axis must stay as it is; one other size may be -1.

    Raises:
        ShapeError: another number of elements, or another batch.
    """
    sizes = [int(size) for size in shape]
    if sizes.count(-1) > 1:
        raise ShapeError(f"reshape: more than one size of {tuple(sizes)} is -1")
    if -1 in sizes:
        known = math.prod(size for size in sizes if size != -1)
        if known == 0 or math.prod(x.shape) % known:
            raise ShapeError(f"reshape: {x.shape} does not fit {tuple(sizes)}")
        sizes[sizes.index(-1)] = math.prod(x.shape) // known
    if math.prod(sizes) != math.prod(x.shape):
        raise ShapeError(f"reshape: {x.shape} has {math.prod(x.shape)} elements, {tuple(sizes)} has {math.prod(sizes)}")
    if not sizes or sizes[0] != x.shape[0]:
        raise ShapeError(f"reshape: the batch axis must stay {x.shape[0]}, got {tuple(sizes)}")
    if tuple(sizes) == x.shape:
        return x
    name, location = x.trace.layer_name("reshape")
    return x.trace.append("reshape", [x], sizes, f"{x.type} -> {{result}}", {"name": f'"{name}"'}, location)


def flatten(x: SymbolicTensor) -> SymbolicTensor:
    """(batch, …) as (batch, everything else)."""
    if x.ndim == 0:
        raise ShapeError("flatten: a scalar has no batch axis")
    return reshape(x, (x.shape[0], math.prod(x.shape[1:])))


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
    _floating("cross_entropy", logits)
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
    _floating("mse_loss", prediction)
    _floating("mse_loss", target)
    if prediction.shape != target.shape:
        raise ShapeError(f"mse_loss: the shapes {prediction.shape} and {target.shape} differ; nothing is broadcast")
    types = f"({prediction.type}, {target.type}) -> {{result}}"
    _, location = prediction.trace.layer_name("mean_squared_error")
    return prediction.trace.append("mean_squared_error", [prediction, target], (), types, {}, location)


def _floating(what: str, tensor: SymbolicTensor) -> None:
    if not isinstance(tensor, SymbolicTensor):
        raise TypeError(f"{what}: expected a traced tensor, got {type(tensor).__name__}; layers run in compiled programs")
    if tensor.dtype != "f32":
        raise DTypeError(f"{what}: expected a float32 tensor, got {tensor.type}")
