# convolution.py - layers of convolutions
"""Layers of convolutions."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from .. import functional, initializers
from .._module import Module, Parameter
from ..functional._checks import window_pair
from ._checks import positive_size

__all__ = ["Conv2d"]


class Conv2d(Module):
    """Products of filters with every window of an image (batch, height, width, in_channels); the rules say what its
    weight gradient is.

    Parameters ``weight`` (out, window height, window width, in / groups) and ``bias`` (out,) start uniform in
    ±1/√(window elements), torch.nn's default.

    Args:
        in_channels: ≥ 1.
        out_channels: ≥ 1.
        kernel_size: the window's height and width, or one number for both.
        stride: how far windows are apart, the same way.
        padding: zeros on either side, the same way.
        dilation: how far a window's pixels are apart, the same way.
        groups: of channels, each seen only by its own filters; divides both numbers of channels.
        bias: whether there is one.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is too small, or the groups do not divide the channels.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels = positive_size("Conv2d", "in_channels", in_channels)
        self.out_channels = positive_size("Conv2d", "out_channels", out_channels)
        self.groups = positive_size("Conv2d", "groups", groups)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ShapeError(f"Conv2d: {groups} groups do not divide {in_channels} channels into {out_channels}")
        self.kernel_size = window_pair("Conv2d: kernel_size", kernel_size, 1)
        self.stride = window_pair("Conv2d: stride", stride, 1)
        self.padding = window_pair("Conv2d: padding", padding, 0)
        self.dilation = window_pair("Conv2d: dilation", dilation, 1)
        inner = self.in_channels // self.groups
        start = initializers.fan_in_uniform(inner * self.kernel_size[0] * self.kernel_size[1])
        self.weight = Parameter((self.out_channels, *self.kernel_size, inner), start, torch_axes=(0, 3, 1, 2))
        self.bias = Parameter((self.out_channels,), start) if bias else None

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        bias = self.get(self.bias) if self.bias is not None else None
        return functional.conv2d(x, self.get(self.weight), bias, self.stride, self.padding, self.dilation, self.groups)

    def __repr__(self) -> str:
        return (
            f"Conv2d({self.in_channels}, {self.out_channels}, {self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, groups={self.groups}, bias={self.bias is not None})"
        )
