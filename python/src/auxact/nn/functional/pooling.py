# pooling.py - pooling over windows
"""Pooling over windows. Images are (batch, height, width, channels)."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import ShapeError
from ._checks import expect_float, window_attribute, window_pair, window_sizes

__all__ = ["avg_pool2d", "global_avg_pool2d", "max_pool2d"]


def max_pool2d(
    x: SymbolicTensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
) -> SymbolicTensor:
    """The greatest element of every window of each channel; keeps which one it was.

    Args:
        x: (batch, height, width, channels).
        kernel_size: the window's height and width, or one number for both.
        stride: the same way; the window's size by default.
        padding: what is beyond the image, on either side, is no candidate; at most half the window.

    Returns:
        (batch, out height, out width, channels).

    Raises:
        ShapeError: the window does not fit the image, or the padding not the window.
    """
    return _pool("max_pool2d", x, kernel_size, stride, padding)


def avg_pool2d(
    x: SymbolicTensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None = None,
    padding: int | tuple[int, int] = 0,
) -> SymbolicTensor:
    """The mean of every window of each channel; the padding counts as zeros, torch's default. Arguments as for
    :func:`max_pool2d`."""
    return _pool("avg_pool2d", x, kernel_size, stride, padding)


def global_avg_pool2d(x: SymbolicTensor) -> SymbolicTensor:
    """The mean of each channel, (batch, height, width, channels) to (batch, channels)."""
    expect_float("global_avg_pool2d", x)
    expect_rank("global_avg_pool2d: input", x, 4)
    name, location = x.trace.layer_name("global_avg_pool2d")
    types = f"({x.type}) -> {{result}}"
    return x.trace.append("global_avg_pool2d", [x], (x.shape[0], x.shape[3]), types, {"name": f'"{name}"'}, location)


def _pool(
    operation: str,
    x: SymbolicTensor,
    kernel_size: int | tuple[int, int],
    stride: int | tuple[int, int] | None,
    padding: int | tuple[int, int],
) -> SymbolicTensor:
    expect_float(operation, x)
    expect_rank(f"{operation}: input", x, 4)
    window = window_pair("kernel_size", kernel_size, 1)
    step = window if stride is None else window_pair("stride", stride, 1)
    border = window_pair("padding", padding, 0)
    if any(2 * zeros > size for zeros, size in zip(border, window, strict=True)):
        raise ShapeError(f"{operation}: expected a padding of at most half the window {window}, got {border}")
    sizes = window_sizes(operation, x.shape, window, step, border)
    name, location = x.trace.layer_name(operation)
    attributes = {
        "window": window_attribute(window),
        "stride": window_attribute(step),
        "padding": window_attribute(border),
        "name": f'"{name}"',
    }
    types = f"({x.type}) -> {{result}}"
    return x.trace.append(operation, [x], (x.shape[0], *sizes, x.shape[3]), types, attributes, location)
