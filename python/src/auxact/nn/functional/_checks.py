# _checks.py - checks that functions of several families make
"""Checks of operands."""

from __future__ import annotations

import operator

from ..._tracing import SymbolicTensor
from ...errors import DTypeError, ShapeError

__all__ = ["expect_float", "window_attribute", "window_pair", "window_sizes"]


def expect_float(what: str, tensor: SymbolicTensor) -> None:
    """Raises unless ``tensor`` is a traced float32 tensor.

    Raises:
        TypeError: it is no traced tensor.
        DTypeError: it holds something else than float32.
    """
    if not isinstance(tensor, SymbolicTensor):
        raise TypeError(f"{what}: expected a traced tensor, got {type(tensor).__name__}; layers run in compiled programs")
    if tensor.dtype != "f32":
        raise DTypeError(f"{what}: expected a float32 tensor, got {tensor.type}")


def window_pair(what: str, value: int | tuple[int, int], least: int) -> tuple[int, int]:
    """One number for height and width, or a number for each.

    Raises:
        TypeError: no integer.
        ShapeError: not two of them, or one is below ``least``.
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    try:
        numbers = tuple(operator.index(number) for number in values)
    except TypeError:
        raise TypeError(f"expected {what} to be an integer or two, got {value!r}") from None
    if len(numbers) != 2 or min(numbers) < least:
        raise ShapeError(f"expected {what} to be one or two integers ≥ {least}, got {value!r}")
    return numbers[0], numbers[1]


def window_sizes(
    what: str,
    image: tuple[int, ...],
    window: tuple[int, int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int] = (1, 1),
) -> tuple[int, int]:
    """Height and width of what windows over an image (batch, height, width, channels) give.

    Raises:
        ShapeError: a window is larger than the padded image.
    """
    sizes = []
    for axis in range(2):
        last = image[1 + axis] + 2 * padding[axis] - dilation[axis] * (window[axis] - 1) - 1
        if last < 0:
            raise ShapeError(f"{what}: a window of {window} does not fit an image of {image[1:3]} padded by {padding}")
        sizes.append(last // stride[axis] + 1)
    return sizes[0], sizes[1]


def window_attribute(pair: tuple[int, int]) -> str:
    """Height and width as an attribute's text."""
    return f"array<i64: {pair[0]}, {pair[1]}>"
