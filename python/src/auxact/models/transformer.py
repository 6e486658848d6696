# transformer.py - the encoder-decoder for translation
#
# Names follow torch.nn.Transformer (`encoder.layers.0.self_attn.in_proj_weight`, …) inside a module that has one table of
# words, `embedding.weight`, for source, target and the scores of the next word, as in the paper's shared vocabulary.
# The sines are a buffer that state dicts leave out.
"""Transformer (Vaswani et al., 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .. import nn
from ..errors import ShapeError
from ..nn import functional as F
from ..nn.initializers import constant, normal, xavier_uniform
from ._blocks import dropped

__all__ = ["Transformer", "transformer_base", "transformer_small"]


class _Layer(nn.Module):
    """What encoder and decoder layers share: sub-layers with a norm behind them, or before them where ``norm_first``."""

    def __init__(self, dim: int, heads: int, inner: int, drop: float, norm_first: bool) -> None:
        super().__init__()
        self.drop, self.norm_first = drop, norm_first
        self.self_attn = nn.MultiheadAttention(dim, heads)

    def _feed_forward(self, dim: int, inner: int) -> None:
        self.linear1, self.linear2 = nn.Linear(dim, inner), nn.Linear(inner, dim)

    def _inner(self, x: nn.Tensor) -> nn.Tensor:
        return self.linear2(dropped(F.relu(self.linear1(x)), self.drop))

    def _add(self, x: nn.Tensor, norm: nn.Module, inner: Callable[[nn.Tensor], nn.Tensor]) -> nn.Tensor:
        if self.norm_first:
            return x + dropped(inner(norm(x)), self.drop)
        added: nn.Tensor = norm(x + dropped(inner(x), self.drop))
        return added


class _EncoderLayer(_Layer):
    def __init__(self, dim: int, heads: int, inner: int, drop: float, norm_first: bool) -> None:
        super().__init__(dim, heads, inner, drop, norm_first)
        self._feed_forward(dim, inner)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, x: nn.Tensor, mask: nn.Tensor | None) -> nn.Tensor:
        x = self._add(x, self.norm1, lambda h: self.self_attn(h, key_mask=mask))
        return self._add(x, self.norm2, self._inner)


class _DecoderLayer(_Layer):
    def __init__(self, dim: int, heads: int, inner: int, drop: float, norm_first: bool) -> None:
        super().__init__(dim, heads, inner, drop, norm_first)
        self.multihead_attn = nn.MultiheadAttention(dim, heads)
        self._feed_forward(dim, inner)
        self.norm1, self.norm2, self.norm3 = nn.LayerNorm(dim), nn.LayerNorm(dim), nn.LayerNorm(dim)

    def forward(self, x: nn.Tensor, memory: nn.Tensor, mask: nn.Tensor | None) -> nn.Tensor:
        x = self._add(x, self.norm1, lambda h: self.self_attn(h, is_causal=True))
        x = self._add(x, self.norm2, lambda h: self.multihead_attn(h, memory, key_mask=mask))
        return self._add(x, self.norm3, self._inner)


class _Stack(nn.Module):
    """Layers and a norm at the end, which ``torch.nn.Transformer`` has in both variants."""

    def __init__(self, layers: list[nn.Module], dim: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x: nn.Tensor, memory: nn.Tensor | None, mask: nn.Tensor | None) -> nn.Tensor:
        for layer in self.layers:
            x = layer(x, mask) if memory is None else layer(x, memory, mask)
        return self.norm(x)


class Transformer(nn.Module):
    """Source and target tokens, (batch, tokens) each, to scores of the word that follows each target token,
    (batch, target tokens, vocab_size).

    ``forward(src, tgt)``: targets begin with the begin-of-sentence token; the labels of a step are the targets one place on,
    with -100 where there is none. Attention does not see source tokens that are 0, which is the padding; what stands behind
    the end of a target sees and changes nothing before it.

    Args:
        vocab_size: words, of both languages together; 0 is padding.
        dim: width of a token; even, and a multiple of ``heads``.
        depth: layers of the encoder, and of the decoder.
        heads: attention heads.
        inner: width of the feed-forwards' inner layers.
        max_length: most tokens of a sentence.
        drop_rate: dropout behind embeddings, attention and feed-forward, and inside the latter. Attention weights are not
            dropped.
        norm_first: norms before the sub-layers instead of behind the residual connections, ``torch.nn.Transformer``'s name.

    Raises:
        ShapeError: the sizes do not fit.
    """

    def __init__(
        self,
        vocab_size: int,
        dim: int = 512,
        depth: int = 6,
        heads: int = 8,
        inner: int = 2048,
        max_length: int = 256,
        drop_rate: float = 0.1,
        norm_first: bool = False,
    ) -> None:
        super().__init__()
        if dim % heads or dim % 2:
            raise ShapeError(f"Transformer: dim {dim} is odd, or not divided by {heads} heads")
        self.vocab_size, self.dim, self.max_length, self.drop_rate = vocab_size, dim, max_length, drop_rate
        self.embedding = nn.Embedding(vocab_size, dim, padding_idx=0)
        self.positions = nn.Buffer((max_length, dim), _sines(max_length, dim), persistent=False)
        self.encoder = _Stack([_EncoderLayer(dim, heads, inner, drop_rate, norm_first) for _ in range(depth)], dim)
        self.decoder = _Stack([_DecoderLayer(dim, heads, inner, drop_rate, norm_first) for _ in range(depth)], dim)
        self.generator = nn.Linear(dim, vocab_size, bias=False)
        self.generator.weight = self.embedding.weight
        for _, module in self.named_modules():
            if isinstance(module, nn.Linear):
                module.weight.init = xavier_uniform()
                if module.bias is not None:
                    module.bias.init = constant(0.0)
        self.embedding.weight.init = normal(dim**-0.5)

    def encode(self, src: nn.Tensor) -> nn.Tensor:
        """What the decoder reads of the source, (batch, source tokens, dim)."""
        return self.encoder(self._embed(src), None, src)

    def decode(self, memory: nn.Tensor, src: nn.Tensor, tgt: nn.Tensor) -> nn.Tensor:
        """Scores of the words that follow the target tokens."""
        return self.generator(self.decoder(self._embed(tgt), memory, src))

    def forward(self, src: nn.Tensor, tgt: nn.Tensor) -> nn.Tensor:
        return self.decode(self.encode(src), src, tgt)

    def _embed(self, tokens: nn.Tensor) -> nn.Tensor:
        length = tokens.shape[1]
        if length > self.max_length:
            raise ShapeError(f"Transformer: expected at most {self.max_length} tokens, got {length}")
        h = F.scale(self.embedding(tokens), math.sqrt(self.dim))
        return dropped(h + F.narrow(self.get(self.positions), 0, 0, length), self.drop_rate)


def transformer_base(vocab_size: int, **options: object) -> Transformer:
    """The paper's base model: 512 wide, 6 and 6 layers, 8 heads; options are those of :class:`Transformer`."""
    return Transformer(vocab_size, **options)  # type: ignore[arg-type]


def transformer_small(vocab_size: int, **options: object) -> Transformer:
    """One that two cores can train: 256 wide, 3 and 3 layers, 4 heads; options are those of :class:`Transformer`."""
    return Transformer(vocab_size, **{"dim": 256, "depth": 3, "heads": 4, "inner": 1024, **options})  # type: ignore[arg-type]


def _sines(length: int, dim: int) -> np.ndarray:
    """Sines of the places in even columns, cosines in odd ones."""
    angles = np.arange(length)[:, None] * np.exp(np.arange(0, dim, 2) * (-math.log(10000.0) / dim))[None, :]
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(length, dim).astype(np.float32)
