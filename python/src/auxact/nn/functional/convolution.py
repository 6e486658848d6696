# convolution.py - convolutions
"""Convolutions. Images are (batch, height, width, channels)."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import ShapeError
from ._checks import expect_float, window_attribute, window_pair, window_sizes

__all__ = ["conv2d"]


def conv2d(
    x: SymbolicTensor,
    weight: SymbolicTensor,
    bias: SymbolicTensor | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
) -> SymbolicTensor:
    """The products of a filter with every window of an image, as :func:`torch.nn.functional.conv2d` of
    ``channels_last`` tensors.

    Args:
        x: (batch, height, width, in).
        weight: (out, window height, window width, in / groups).
        bias: (out,), optional.
        stride: of height and width, or one number for both; ≥ 1.
        padding: zeros on either side, the same way; ≥ 0.
        dilation: distance of a window's pixels, the same way; ≥ 1.
        groups: of channels, each seen only by its own filters; divides in and out.

    Returns:
        (batch, out height, out width, out).

    Raises:
        ShapeError: the shapes do not fit, or the window does not fit the image.
    """
    expect_float("conv2d", x)
    expect_rank("conv2d: input", x, 4)
    expect_rank("conv2d: weight", weight, 4)
    out, height, width, inner = weight.shape
    if groups < 1 or x.shape[3] % groups or out % groups:
        raise ShapeError(f"conv2d: {groups} groups do not divide {x.shape[3]} channels into {out}")
    if inner != x.shape[3] // groups:
        raise ShapeError(f"conv2d: the weight {weight.shape} takes {inner} channels, the input has {x.shape[3]} in {groups} groups")
    stride, padding, dilation = window_pair("stride", stride, 1), window_pair("padding", padding, 0), window_pair("dilation", dilation, 1)
    sizes = window_sizes("conv2d", x.shape, (height, width), stride, padding, dilation)
    operands = [x, weight]
    if bias is not None:
        if bias.shape != (out,):
            raise ShapeError(f"conv2d: expected a bias of shape {(out,)}, got {bias.shape}")
        operands.append(bias)
    name, location = x.trace.layer_name("conv2d")
    x.trace.layers.append(name)
    types = f"({', '.join(operand.type for operand in operands)}) -> {{result}}"
    attributes = {
        "stride": window_attribute(stride),
        "padding": window_attribute(padding),
        "dilation": window_attribute(dilation),
        "groups": f"{groups} : i64",
        "name": f'"{name}"',
    }
    return x.trace.append("conv2d", operands, (x.shape[0], *sizes, out), types, attributes, location)
