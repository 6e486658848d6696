# attention.py - layers of scaled dot-product attention
"""Layers of scaled dot-product attention."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from ..._tracing import SymbolicTensor
from ...errors import ShapeError
from .. import functional
from .._module import Module
from ._checks import positive_size
from .linear import Linear

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Attention of several heads between linear maps, ``out_proj(attention(q_proj(query), k_proj(key), v_proj(value)))``.

    The three maps are layers of their own, where ``torch.nn.MultiheadAttention`` has one ``in_proj_weight`` of the three
    below each other (its state dicts load): under a sign rule they keep one set of bits where they read one tensor.

    Args:
        embed_dim: features of the queries and of the result, ≥ 1.
        num_heads: divides ``embed_dim``.
        bias: whether the maps have one.
        kdim: features of the keys, ``embed_dim`` by default.
        vdim: features of the values, ``embed_dim`` by default.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is below 1, or the heads do not divide the features evenly.
    """

    torch_fused: ClassVar[Mapping[str, tuple[str, ...]]] = {
        f"in_proj_{kind}": tuple(f"{name}_proj.{kind}" for name in ("q", "k", "v")) for kind in ("weight", "bias")
    }

    def __init__(self, embed_dim: int, num_heads: int, bias: bool = True, kdim: int | None = None, vdim: int | None = None) -> None:
        super().__init__()
        self.embed_dim = positive_size("MultiheadAttention", "embed_dim", embed_dim)
        self.num_heads = positive_size("MultiheadAttention", "num_heads", num_heads)
        if self.embed_dim % self.num_heads:
            raise ShapeError(f"MultiheadAttention: {num_heads} heads do not divide {embed_dim} features evenly")
        self.q_proj = Linear(embed_dim, embed_dim, bias)
        self.k_proj = Linear(embed_dim if kdim is None else kdim, embed_dim, bias)
        self.v_proj = Linear(embed_dim if vdim is None else vdim, embed_dim, bias)
        self.out_proj = Linear(embed_dim, embed_dim, bias)

    def forward(
        self,
        query: SymbolicTensor,
        key: SymbolicTensor | None = None,
        value: SymbolicTensor | None = None,
        key_mask: SymbolicTensor | None = None,
        is_causal: bool = False,
    ) -> SymbolicTensor:
        """Self-attention where there is no ``key``; ``value`` is the key by default. For ``key_mask`` see
        :func:`functional.attention`: it says which keys are seen, torch's ``key_padding_mask`` which are not."""
        key = query if key is None else key
        value = key if value is None else value
        seen = functional.attention(self.q_proj(query), self.k_proj(key), self.v_proj(value), self.num_heads, causal=is_causal, key_mask=key_mask)
        return self.out_proj(seen)

    def __repr__(self) -> str:
        return f"MultiheadAttention({self.embed_dim}, {self.num_heads})"
