# resnet.py - residual networks for images
#
# The blocks are the same in both layouts; only where a stage ends differs, and with it the names. Torchvision's stages
# begin with the block that halves the resolution, the auxiliary-activation paper's end with it, so that there every
# block of a stage reads a tensor of one shape.
"""ResNet-18, 34, 50, 101 and 152 (He et al., 2016), with torchvision's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .. import nn
from ..nn import functional as F
from ..nn.initializers import kaiming_normal

__all__ = ["ResNet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias that keeps the resolution but for the stride, with torchvision's first values."""
    layer = nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, bias=False)
    layer.weight.init = kaiming_normal(outputs * size * size)
    return layer


class _Block(nn.Module):
    """What both kinds of block have: a shortcut, by a 1×1 convolution where shapes differ."""

    expansion = 1

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.downsample: nn.Sequential | None = None
        self.projected = stride != 1 or inputs != outputs
        self._shape = (inputs, outputs, stride)

    def _project(self) -> None:
        # The last attribute of a block, as in torchvision, so that names come in its order.
        inputs, outputs, stride = self._shape
        if self.projected:
            self.downsample = nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def _shortcut(self, x: nn.Tensor) -> nn.Tensor:
        return x if self.downsample is None else self.downsample(x)


class _BasicBlock(_Block):
    """Two 3×3 convolutions."""

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__(inputs, channels, stride)
        self.conv1 = _conv(inputs, channels, 3, stride)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _conv(channels, channels, 3)
        self.bn2 = nn.BatchNorm2d(channels)
        self._project()

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(h)) + self._shortcut(x))


class _Bottleneck(_Block):
    """1×1, 3×3 and 1×1 convolutions; the stride is on the 3×3 one, as in torchvision."""

    expansion = 4

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        outputs = channels * self.expansion
        super().__init__(inputs, outputs, stride)
        self.conv1 = _conv(inputs, channels, 1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = _conv(channels, channels, 3, stride)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = _conv(channels, outputs, 1)
        self.bn3 = nn.BatchNorm2d(outputs)
        self._project()

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        return F.relu(self.bn3(self.conv3(h)) + self._shortcut(x))


class ResNet(nn.Module):
    """Four stages of residual blocks; (batch, height, width, 3) to (batch, num_classes).

    Args:
        block: ``"basic"`` or ``"bottleneck"``.
        depths: blocks of torchvision's four stages.
        num_classes: outputs.
        width: channels of the first stage.
        stem: ``"imagenet"``: a 7×7 convolution of stride 2 and a 3×3 max-pooling; ``"cifar"``: a 3×3 convolution that keeps
            the resolution.
        layout: ``"torchvision"``: a block that halves the resolution is the first of its stage; ``"paper"``: the last, so that
            ResNet-50's stages have 4, 4, 6 and 2 blocks. The networks are the same; names differ.
        in_channels: of the images.

    Raises:
        ValueError: an unknown block, stem or layout.
    """

    def __init__(
        self,
        block: Literal["basic", "bottleneck"],
        depths: Sequence[int],
        num_classes: int = 1000,
        width: int = 64,
        stem: Literal["imagenet", "cifar"] = "imagenet",
        layout: Literal["torchvision", "paper"] = "torchvision",
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        for name, value, known in (
            ("block", block, ("basic", "bottleneck")),
            ("stem", stem, ("imagenet", "cifar")),
            ("layout", layout, ("torchvision", "paper")),
        ):
            if value not in known:
                raise ValueError(f"ResNet: expected {name} = {' or '.join(map(repr, known))}, got {value!r}")
        if len(depths) != 4 or any(depth < 1 for depth in depths):
            raise ValueError(f"ResNet: expected four positive depths, got {tuple(depths)}")
        kind = _BasicBlock if block == "basic" else _Bottleneck
        self.stem = stem
        self.conv1 = _conv(in_channels, width, 7, 2) if stem == "imagenet" else _conv(in_channels, width, 3)
        self.bn1 = nn.BatchNorm2d(width)
        if stem == "imagenet":
            self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        stages: list[list[nn.Module]] = [[], [], [], []]
        inputs = width
        for stage, depth in enumerate(depths):
            channels = width << stage
            for index in range(depth):
                halves = stage > 0 and index == 0
                made = kind(inputs, channels, 2 if halves else 1)
                inputs = channels * kind.expansion
                stages[stage - 1 if halves and layout == "paper" else stage].append(made)
        if not all(stages):
            raise ValueError(f"ResNet: depths {tuple(depths)} leave a stage of the paper's layout empty; the last must be at least 2")
        self.layer1, self.layer2, self.layer3, self.layer4 = (nn.Sequential(*blocks) for blocks in stages)
        self.fc = nn.Linear(inputs, num_classes)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        h = F.relu(self.bn1(self.conv1(x)))
        if self.stem == "imagenet":
            h = self.maxpool(h)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            h = stage(h)
        return self.fc(F.global_avg_pool2d(h))


def resnet18(**options: object) -> ResNet:
    """ResNet-18; options are those of :class:`ResNet`."""
    return ResNet("basic", (2, 2, 2, 2), **options)  # type: ignore[arg-type]


def resnet34(**options: object) -> ResNet:
    """ResNet-34; options are those of :class:`ResNet`."""
    return ResNet("basic", (3, 4, 6, 3), **options)  # type: ignore[arg-type]


def resnet50(**options: object) -> ResNet:
    """ResNet-50; options are those of :class:`ResNet`."""
    return ResNet("bottleneck", (3, 4, 6, 3), **options)  # type: ignore[arg-type]


def resnet101(**options: object) -> ResNet:
    """ResNet-101; options are those of :class:`ResNet`."""
    return ResNet("bottleneck", (3, 4, 23, 3), **options)  # type: ignore[arg-type]


def resnet152(**options: object) -> ResNet:
    """ResNet-152; options are those of :class:`ResNet`."""
    return ResNet("bottleneck", (3, 8, 36, 3), **options)  # type: ignore[arg-type]
