# torch_models.py - the networks of auxact.models in PyTorch, for comparisons
#
# Parameters have the names of torchvision, timm, transformers and torch.nn.Transformer, as auxact.models.to_torch gives
# them, so that both sides start from the same values. Images are (batch, height, width, channels) here as well.
"""Twins of the five families."""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

__all__ = ["Bert", "MlpMixer", "ResNet", "Transformer", "VisionTransformer", "parameters_of"]


def parameters_of(model: nn.Module) -> dict[str, torch.Tensor]:
    """What a state dict of auxact's has: no counters of batches."""
    return {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}


def _conv(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, size, stride=stride, padding=size // 2, bias=False)


class _BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = _conv(inputs, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = _conv(channels, channels, 3), nn.BatchNorm2d(channels)
        self.downsample = nn.Sequential(_conv(inputs, channels, 1, stride), nn.BatchNorm2d(channels)) if stride != 1 or inputs != channels else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        h = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(h)) + shortcut)


class _Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        outputs = 4 * channels
        self.conv1, self.bn1 = _conv(inputs, channels, 1), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = _conv(channels, channels, 3, stride), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = _conv(channels, outputs, 1), nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential(_conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs)) if stride != 1 or inputs != outputs else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        h = F.relu(self.bn1(self.conv1(x)))
        h = F.relu(self.bn2(self.conv2(h)))
        return F.relu(self.bn3(self.conv3(h)) + shortcut)


class ResNet(nn.Module):
    """``auxact.models.ResNet`` in torchvision's layout."""

    def __init__(self, block: str, depths: tuple[int, ...], num_classes: int = 1000, width: int = 64, stem: str = "imagenet") -> None:
        super().__init__()
        kind: type[_BasicBlock | _Bottleneck] = _BasicBlock if block == "basic" else _Bottleneck
        self.conv1, self.bn1 = (_conv(3, width, 7, 2) if stem == "imagenet" else _conv(3, width, 3)), nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if stem == "imagenet" else nn.Identity()
        inputs = width
        for stage, depth in enumerate(depths):
            blocks = []
            for index in range(depth):
                blocks.append(kind(inputs, width << stage, 2 if stage and not index else 1))
                inputs = (width << stage) * kind.expansion
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        # What lies in memory is what PyTorch calls channels-last.
        h = self.maxpool(F.relu(self.bn1(self.conv1(x.permute(0, 3, 1, 2)))))
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            h = stage(h)
        return self.fc(h.mean(dim=(2, 3)))


class _PatchEmbed(nn.Module):
    def __init__(self, patch_size: int, dim: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, dim, patch_size, stride=patch_size)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.proj(x.permute(0, 3, 1, 2)).flatten(2).transpose(1, 2)


def _heads(x: torch.Tensor, heads: int) -> torch.Tensor:
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def _attend(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, heads: int, mask: torch.Tensor | None = None, causal: bool = False) -> torch.Tensor:
    """``mask``: (batch, keys), true where attended."""
    wide = None if mask is None else mask[:, None, None, :]
    found = F.scaled_dot_product_attention(_heads(q, heads), _heads(k, heads), _heads(v, heads), attn_mask=wide, is_causal=causal)
    return found.transpose(1, 2).flatten(-2)


class _SelfAttention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.proj(_attend(*self.qkv(x).chunk(3, dim=-1), self.heads))


class _Mlp(nn.Module):
    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class _VitBlock(nn.Module):
    def __init__(self, dim: int, heads: int, inner: int) -> None:
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), _SelfAttention(dim, heads)
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), _Mlp(dim, inner)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """``auxact.models.VisionTransformer`` without dropout."""

    def __init__(
        self, image_size: int, patch_size: int, num_classes: int, dim: int, depth: int, heads: int, mlp_ratio: float = 4.0, pool: str = "token"
    ) -> None:
        super().__init__()
        tokens = (image_size // patch_size) ** 2 + (pool == "token")
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim)) if pool == "token" else None
        self.pos_embed = nn.Parameter(torch.zeros(1, tokens, dim))
        self.patch_embed = _PatchEmbed(patch_size, dim)
        self.blocks = nn.ModuleList(_VitBlock(dim, heads, int(dim * mlp_ratio)) for _ in range(depth))
        self.add_module("norm" if pool == "token" else "fc_norm", nn.LayerNorm(dim, eps=1e-6))
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.patch_embed(x)
        if self.cls_token is not None:
            h = torch.cat([self.cls_token.expand(len(h), -1, -1), h], dim=1)
        h = h + self.pos_embed
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h)[:, 0] if self.cls_token is not None else self.fc_norm(h.mean(dim=1)))


class _MixerBlock(nn.Module):
    def __init__(self, tokens: int, dim: int, inner: tuple[int, int]) -> None:
        super().__init__()
        self.norm1, self.mlp_tokens = nn.LayerNorm(dim, eps=1e-6), _Mlp(tokens, inner[0])
        self.norm2, self.mlp_channels = nn.LayerNorm(dim, eps=1e-6), _Mlp(dim, inner[1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class MlpMixer(nn.Module):
    """``auxact.models.MlpMixer`` without dropout."""

    def __init__(self, image_size: int, patch_size: int, num_classes: int, dim: int, depth: int, mlp_ratio: tuple[float, float] = (0.5, 4.0)) -> None:
        super().__init__()
        self.stem = _PatchEmbed(patch_size, dim)
        inner = (int(dim * mlp_ratio[0]), int(dim * mlp_ratio[1]))
        self.blocks = nn.ModuleList(_MixerBlock((image_size // patch_size) ** 2, dim, inner) for _ in range(depth))
        self.norm, self.head = nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, num_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.stem(x)
        for block in self.blocks:
            h = block(h)
        return self.head(self.norm(h).mean(dim=1))


class _Named(nn.Module):
    """A module with children of names that are no attributes one would choose."""

    def __init__(self, /, **children: nn.Module) -> None:
        super().__init__()
        for name, child in children.items():
            self.add_module(name, child)


class _BertLayer(nn.Module):
    def __init__(self, dim: int, heads: int, inner: int, drop: float) -> None:
        super().__init__()
        self.attention = _Named(
            self=_Named(query=nn.Linear(dim, dim), key=nn.Linear(dim, dim), value=nn.Linear(dim, dim)),
            output=_Named(dense=nn.Linear(dim, dim), LayerNorm=nn.LayerNorm(dim, eps=1e-12)),
        )
        self.intermediate = _Named(dense=nn.Linear(dim, inner))
        self.output = _Named(dense=nn.Linear(inner, dim), LayerNorm=nn.LayerNorm(dim, eps=1e-12))
        self.heads, self.drop = heads, nn.Dropout(drop)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        maps, output = self.attention.self, self.attention.output
        attended = _attend(maps.query(x), maps.key(x), maps.value(x), self.heads, mask)
        x = output.LayerNorm(self.drop(output.dense(attended)) + x)
        inner = F.gelu(self.intermediate.dense(x))
        return self.output.LayerNorm(self.drop(self.output.dense(inner)) + x)


class Bert(nn.Module):
    """``auxact.models.BertForSequenceClassification``, or ``BertForMaskedLM`` where there are no classes."""

    def __init__(
        self,
        vocab_size: int,
        num_classes: int | None = 2,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        max_length: int = 512,
        drop_rate: float = 0.1,
    ) -> None:
        super().__init__()
        words = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.bert = _Named(
            embeddings=_Named(
                word_embeddings=words,
                position_embeddings=nn.Embedding(max_length, dim),
                token_type_embeddings=nn.Embedding(2, dim),
                LayerNorm=nn.LayerNorm(dim, eps=1e-12),
            ),
            encoder=_Named(layer=nn.ModuleList(_BertLayer(dim, heads, 4 * dim, drop_rate) for _ in range(depth))),
        )
        self.drop = nn.Dropout(drop_rate)
        if num_classes is not None:
            self.bert.pooler = _Named(dense=nn.Linear(dim, dim))
            self.classifier = nn.Linear(dim, num_classes)
        else:
            transform = _Named(dense=nn.Linear(dim, dim), LayerNorm=nn.LayerNorm(dim, eps=1e-12))
            predictions = _Named(transform=transform, decoder=nn.Linear(dim, vocab_size))
            predictions.decoder.weight, predictions.bias = words.weight, predictions.decoder.bias
            self.cls = _Named(predictions=predictions)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None, token_type_ids: torch.Tensor | None = None) -> torch.Tensor:
        parts = self.bert.embeddings
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        kinds = torch.zeros_like(places) if token_type_ids is None else token_type_ids
        h = parts.word_embeddings(input_ids) + parts.position_embeddings(places) + parts.token_type_embeddings(kinds)
        h = self.drop(parts.LayerNorm(h))
        mask = None if attention_mask is None else attention_mask != 0
        for layer in self.bert.encoder.layer:
            h = layer(h, mask)
        if hasattr(self, "classifier"):
            return self.classifier(self.drop(torch.tanh(self.bert.pooler.dense(h[:, 0]))))
        head = self.cls.predictions
        return head.decoder(head.transform.LayerNorm(F.gelu(head.transform.dense(h))))


class _Attention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.in_proj_weight, self.in_proj_bias = nn.Parameter(torch.zeros(3 * dim, dim)), nn.Parameter(torch.zeros(3 * dim))
        self.out_proj, self.heads = nn.Linear(dim, dim), heads

    def forward(self, x: torch.Tensor, memory: torch.Tensor, mask: torch.Tensor | None = None, causal: bool = False) -> torch.Tensor:
        (wq, wk, wv), (bq, bk, bv) = self.in_proj_weight.chunk(3), self.in_proj_bias.chunk(3)
        return self.out_proj(_attend(F.linear(x, wq, bq), F.linear(memory, wk, bk), F.linear(memory, wv, bv), self.heads, mask, causal))


class _TransformerLayer(nn.Module):
    """Of the encoder, or with ``cross`` of the decoder; norms behind the residual connections."""

    def __init__(self, dim: int, heads: int, inner: int, drop: float, cross: bool) -> None:
        super().__init__()
        self.self_attn = _Attention(dim, heads)
        self.multihead_attn = _Attention(dim, heads) if cross else None
        self.linear1, self.linear2 = nn.Linear(dim, inner), nn.Linear(inner, dim)
        for index in range(3 if cross else 2):
            self.add_module(f"norm{index + 1}", nn.LayerNorm(dim))
        self.drop = nn.Dropout(drop)

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None, mask: torch.Tensor) -> torch.Tensor:
        decodes = self.multihead_attn is not None
        x = self.norm1(x + self.drop(self.self_attn(x, x, None if decodes else mask, causal=decodes)))
        if decodes:
            x = self.norm2(x + self.drop(self.multihead_attn(x, memory, mask)))
        inner = self.linear2(self.drop(F.relu(self.linear1(x))))
        return (self.norm3 if decodes else self.norm2)(x + self.drop(inner))


class Transformer(nn.Module):
    """``auxact.models.Transformer``, one table for source, target and scores."""

    def __init__(
        self, vocab_size: int, dim: int = 512, depth: int = 6, heads: int = 8, inner: int = 2048, max_length: int = 256, drop_rate: float = 0.1
    ) -> None:
        super().__init__()
        self.dim = dim
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=0)
        angles = torch.arange(max_length)[:, None] * torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        self.register_buffer("positions", torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1), persistent=False)
        for name, cross in (("encoder", False), ("decoder", True)):
            layers = nn.ModuleList(_TransformerLayer(dim, heads, inner, drop_rate, cross) for _ in range(depth))
            self.add_module(name, _Named(layers=layers, norm=nn.LayerNorm(dim)))
        self.generator = nn.Linear(dim, vocab_size, bias=False)
        self.generator.weight = self.embedding.weight
        self.drop = nn.Dropout(drop_rate)

    def _run(self, stack: nn.Module, tokens: torch.Tensor, memory: torch.Tensor | None, mask: torch.Tensor) -> torch.Tensor:
        h = self.drop(self.embedding(tokens) * math.sqrt(self.dim) + self.positions[: tokens.shape[1]])
        for layer in stack.layers:
            h = layer(h, memory, mask)
        return stack.norm(h)

    def forward(self, src: torch.Tensor, tgt: torch.Tensor) -> torch.Tensor:
        mask = src != 0
        memory = self._run(self.encoder, src, None, mask)
        return self.generator(self._run(self.decoder, tgt, memory, mask))
