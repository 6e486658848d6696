# vit.py - vision transformers
"""Vision transformers (Dosovitskiy et al., 2021), with timm's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from .. import nn
from ..errors import ShapeError
from ..nn import functional as F
from ..nn.initializers import constant, normal, truncated_normal
from ._blocks import Activation, FeedForward, dropped, mean_tokens, path_dropped, path_rates

__all__ = ["VisionTransformer", "vit_base", "vit_large", "vit_small", "vit_tiny"]


class PatchEmbed(nn.Module):
    """Square patches as tokens: (batch, height, width, channels) to (batch, patches, dim)."""

    def __init__(self, image_size: int, patch_size: int, in_channels: int, dim: int) -> None:
        super().__init__()
        if patch_size < 1 or image_size < patch_size or image_size % patch_size:
            raise ShapeError(f"image_size {image_size} is not divided by patch_size {patch_size}")
        self.image_size, self.dim = image_size, dim
        self.count = (image_size // patch_size) ** 2
        self.proj = nn.Conv2d(in_channels, dim, patch_size, stride=patch_size)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        if x.ndim != 4 or x.shape[1:3] != (self.image_size, self.image_size):
            raise ShapeError(f"expected images of shape (batch, {self.image_size}, {self.image_size}, channels), got {x.shape}")
        return F.reshape(self.proj(x), (x.shape[0], self.count, self.dim))


class _Attention(nn.Module):
    """Self-attention; query, key and value are maps of their own here and one ``qkv`` in timm."""

    torch_fused: ClassVar[Mapping[str, tuple[str, ...]]] = {f"qkv.{kind}": (f"q.{kind}", f"k.{kind}", f"v.{kind}") for kind in ("weight", "bias")}

    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return self.proj(F.attention(self.q(x), self.k(x), self.v(x), self.heads))


class _Block(nn.Module):
    """Attention and a feed-forward, each with its norm first and a residual connection."""

    def __init__(self, dim: int, heads: int, inner: int, act: Activation, drop: float, path: float) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = _Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = FeedForward(dim, inner, nn.Linear, act, drop)
        self.drop, self.path = drop, path

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        x = x + path_dropped(dropped(self.attn(self.norm1(x)), self.drop), self.path)
        return x + path_dropped(self.mlp(self.norm2(x)), self.path)


class VisionTransformer(nn.Module):
    """(batch, image_size, image_size, channels) to (batch, num_classes).

    Args:
        image_size: height and width; a multiple of ``patch_size``.
        patch_size: height and width of a patch.
        num_classes: outputs.
        dim: width of a token; a multiple of ``heads``.
        depth: blocks.
        heads: attention heads.
        mlp_ratio: width of the feed-forward's inner layer over ``dim``.
        pool: ``"token"``: the head reads a class token; ``"mean"``: the mean of all tokens, and there is no class token
            (timm's ``class_token=False, global_pool="avg"``).
        activation: ``"gelu"`` or ``"relu"``.
        drop_rate: dropout behind the positions, the attention and in the feed-forward.
        drop_path_rate: stochastic depth of the last block; earlier ones have less.
        in_channels: of the images.

    Raises:
        ShapeError: the sizes do not divide each other.
        ValueError: an unknown ``pool`` or ``activation``.
    """

    def __init__(
        self,
        image_size: int = 224,
        patch_size: int = 16,
        num_classes: int = 1000,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        mlp_ratio: float = 4.0,
        pool: Literal["token", "mean"] = "token",
        activation: Activation = "gelu",
        drop_rate: float = 0.0,
        drop_path_rate: float = 0.0,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        if pool not in ("token", "mean"):
            raise ValueError(f"VisionTransformer: expected pool = 'token' or 'mean', got {pool!r}")
        if dim % heads:
            raise ShapeError(f"VisionTransformer: dim {dim} is not divided by {heads} heads")
        self.drop_rate = drop_rate
        patches = (image_size // patch_size) ** 2
        self.cls_token = nn.Parameter((1, dim), normal(1e-6), torch_shape=(1, 1, dim)) if pool == "token" else None
        tokens = patches + (1 if pool == "token" else 0)
        self.pos_embed = nn.Parameter((tokens, dim), truncated_normal(0.02), torch_shape=(1, tokens, dim))
        self.patch_embed = PatchEmbed(image_size, patch_size, in_channels, dim)
        inner = int(dim * mlp_ratio)
        self.blocks = nn.ModuleList(_Block(dim, heads, inner, activation, drop_rate, path) for path in path_rates(drop_path_rate, depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6) if pool == "token" else None
        self.fc_norm = nn.LayerNorm(dim, eps=1e-6) if pool == "mean" else None
        self.head = nn.Linear(dim, num_classes)
        for _, module in self.named_modules():
            if isinstance(module, nn.Linear):
                module.weight.init = truncated_normal(0.02)
                module.bias.init = constant(0.0)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        h = self.patch_embed(x)
        if self.cls_token is not None:
            h = F.cat([self.get(self.cls_token), h], dim=1)
        h = dropped(h + self.get(self.pos_embed), self.drop_rate)
        for block in self.blocks:
            h = block(h)
        if self.fc_norm is not None:
            return self.head(self.fc_norm(mean_tokens(h)))
        return self.head(F.select(self.norm(h), dim=1, index=0))


def vit_tiny(**options: object) -> VisionTransformer:
    """ViT-Ti: 192 wide, 12 blocks, 3 heads; options are those of :class:`VisionTransformer`."""
    return VisionTransformer(**{"dim": 192, "depth": 12, "heads": 3, **options})  # type: ignore[arg-type]


def vit_small(**options: object) -> VisionTransformer:
    """ViT-S: 384 wide, 12 blocks, 6 heads; options are those of :class:`VisionTransformer`."""
    return VisionTransformer(**{"dim": 384, "depth": 12, "heads": 6, **options})  # type: ignore[arg-type]


def vit_base(**options: object) -> VisionTransformer:
    """ViT-B: 768 wide, 12 blocks, 12 heads; options are those of :class:`VisionTransformer`."""
    return VisionTransformer(**{"dim": 768, "depth": 12, "heads": 12, **options})  # type: ignore[arg-type]


def vit_large(**options: object) -> VisionTransformer:
    """ViT-L: 1024 wide, 24 blocks, 16 heads; options are those of :class:`VisionTransformer`."""
    return VisionTransformer(**{"dim": 1024, "depth": 24, "heads": 16, **options})  # type: ignore[arg-type]
