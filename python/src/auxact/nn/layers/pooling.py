# pooling.py - layers of pooling over windows
"""Layers of pooling over windows. Images are (batch, height, width, channels)."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from .. import functional
from .._module import Module
from ..functional._checks import window_pair

__all__ = ["AdaptiveAvgPool2d", "AvgPool2d", "MaxPool2d"]


class _Pool2d(Module):
    def __init__(
        self,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] | None = None,
        padding: int | tuple[int, int] = 0,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = window_pair(f"{name}: kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else window_pair(f"{name}: stride", stride, 1)
        self.padding = window_pair(f"{name}: padding", padding, 0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kernel_size}, stride={self.stride}, padding={self.padding})"


class MaxPool2d(_Pool2d):
    """The greatest element of every window of each channel; keeps which one it was, 4 bits for 3×3.

    Args:
        kernel_size: the window's height and width, or one number for both.
        stride: the same way; the window's size by default.
        padding: what is beyond the image, on either side, is no candidate; at most half the window.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is too small.
    """

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.max_pool2d(x, self.kernel_size, self.stride, self.padding)


class AvgPool2d(_Pool2d):
    """The mean of every window of each channel; the padding counts as zeros, torch's default. Arguments as for
    :class:`MaxPool2d`."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return functional.avg_pool2d(x, self.kernel_size, self.stride, self.padding)


class AdaptiveAvgPool2d(Module):
    """The mean of each channel: (batch, height, width, channels) to (batch, 1, 1, channels).

    Args:
        output_size: 1; other sizes have no program.

    Raises:
        ValueError: another size.
    """

    def __init__(self, output_size: int | tuple[int, int] = 1) -> None:
        super().__init__()
        if output_size not in (1, (1, 1)):
            raise ValueError(f"AdaptiveAvgPool2d: expected output_size = 1, got {output_size!r}; use AvgPool2d for others")

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        means = functional.global_avg_pool2d(x)
        return functional.reshape(means, (means.shape[0], 1, 1, means.shape[1]))
