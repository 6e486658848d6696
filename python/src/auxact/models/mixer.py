# mixer.py - networks of perceptrons over tokens and over channels
"""MLP-Mixer (Tolstikhin et al., 2021), with timm's names."""

from __future__ import annotations

import math

from .. import nn
from ..nn.initializers import constant, normal, truncated_normal, xavier_uniform
from ._blocks import Activation, FeedForward, dropped, mean_tokens, path_dropped, path_rates
from .vit import PatchEmbed

__all__ = ["MlpMixer", "mixer_base", "mixer_large", "mixer_small"]

# Standard deviation of a normal distribution that is cut off at ±2 of them.
_TRUNCATED = 0.87962566103423978


class _Block(nn.Module):
    """Mixes tokens, then channels, each with its norm first and a residual connection."""

    def __init__(self, tokens: int, dim: int, inner: tuple[int, int], act: Activation, drop: float, path: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp_tokens = FeedForward(tokens, inner[0], nn.TokenLinear, act, drop)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp_channels = FeedForward(dim, inner[1], nn.Linear, act, drop)
        self.path = path

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        x = x + path_dropped(self.mlp_tokens(self.norm1(x)), self.path)
        return x + path_dropped(self.mlp_channels(self.norm2(x)), self.path)


class MlpMixer(nn.Module):
    """(batch, image_size, image_size, channels) to (batch, num_classes).

    Args:
        image_size: height and width; a multiple of ``patch_size``.
        patch_size: height and width of a patch.
        num_classes: outputs.
        dim: channels of a token.
        depth: blocks.
        mlp_ratio: widths of the inner layers over ``dim``, for tokens and for channels.
        activation: ``"gelu"`` or ``"relu"``.
        drop_rate: dropout in the perceptrons.
        drop_path_rate: stochastic depth of the last block; earlier ones have less.
        in_channels: of the images.

    Raises:
        ShapeError: the sizes do not divide each other.
        ValueError: an unknown ``activation``.
    """

    def __init__(
        self,
        image_size: int = 224,
        patch_size: int = 16,
        num_classes: int = 1000,
        dim: int = 768,
        depth: int = 12,
        mlp_ratio: tuple[float, float] = (0.5, 4.0),
        activation: Activation = "gelu",
        drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        self.drop_rate = drop_rate
        self.stem = PatchEmbed(image_size, patch_size, in_channels, dim)
        inner = (int(dim * mlp_ratio[0]), int(dim * mlp_ratio[1]))
        rates = path_rates(drop_path_rate, depth)
        self.blocks = nn.ModuleList(_Block(self.stem.count, dim, inner, activation, drop_rate, path) for path in rates)
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, num_classes)
        for _, module in self.blocks.named_modules():
            if isinstance(module, (nn.Linear, nn.TokenLinear)):
                module.weight.init, module.bias.init = xavier_uniform(), normal(1e-6)
        deviation = 1.0 / math.sqrt(patch_size * patch_size * in_channels) / _TRUNCATED
        self.stem.proj.weight.init, self.stem.proj.bias.init = truncated_normal(deviation, 2.0 * deviation), constant(0.0)
        self.head.weight.init, self.head.bias.init = constant(0.0), constant(0.0)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        h = self.stem(x)
        for block in self.blocks:
            h = block(h)
        return self.head(dropped(mean_tokens(self.norm(h)), self.drop_rate))


def mixer_small(**options: object) -> MlpMixer:
    """Mixer-S: 512 wide, 8 blocks; options are those of :class:`MlpMixer`."""
    return MlpMixer(**{"dim": 512, "depth": 8, **options})  # type: ignore[arg-type]


def mixer_base(**options: object) -> MlpMixer:
    """Mixer-B: 768 wide, 12 blocks; options are those of :class:`MlpMixer`."""
    return MlpMixer(**{"dim": 768, "depth": 12, **options})  # type: ignore[arg-type]


def mixer_large(**options: object) -> MlpMixer:
    """Mixer-L: 1024 wide, 24 blocks; options are those of :class:`MlpMixer`."""
    return MlpMixer(**{"dim": 1024, "depth": 24, **options})  # type: ignore[arg-type]
