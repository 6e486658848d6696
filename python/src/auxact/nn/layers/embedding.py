# embedding.py - layers of rows of tables
"""Layers of rows of tables."""

from __future__ import annotations

import numpy as np

from ..._tracing import SymbolicTensor
from .. import functional
from .._module import Module, Parameter
from ._checks import positive_size

__all__ = ["Embedding"]


class Embedding(Module):
    """The row of a table for each token, any shape to (…, embedding_dim).

    The parameter ``weight`` (num_embeddings, embedding_dim) starts standard normal, ``torch.nn``'s default, and 0 in the
    row of ``padding_idx``. To tie it to an output layer, assign ``head.weight = embedding.weight``.

    Args:
        num_embeddings: rows, ≥ 1.
        embedding_dim: features, ≥ 1.
        padding_idx: a row that gets no gradient; negative from the end.

    Raises:
        TypeError: a size is no integer.
        ShapeError: a size is below 1.
        ValueError: ``padding_idx`` is no row.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None) -> None:
        super().__init__()
        self.num_embeddings = positive_size("Embedding", "num_embeddings", num_embeddings)
        self.embedding_dim = positive_size("Embedding", "embedding_dim", embedding_dim)
        if padding_idx is not None:
            if not -self.num_embeddings <= padding_idx < self.num_embeddings:
                raise ValueError(f"Embedding: expected padding_idx in [{-num_embeddings}, {num_embeddings - 1}], got {padding_idx}")
            padding_idx %= self.num_embeddings
        self.padding_idx = padding_idx

        def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
            values = generator.standard_normal(shape, dtype=np.float32)
            if padding_idx is not None:
                values[padding_idx] = 0.0
            return values

        self.weight = Parameter((self.num_embeddings, self.embedding_dim), draw)

    def forward(self, tokens: SymbolicTensor) -> SymbolicTensor:
        return functional.embedding(tokens, self.get(self.weight), self.padding_idx)

    def __repr__(self) -> str:
        padding = f", padding_idx={self.padding_idx}" if self.padding_idx is not None else ""
        return f"Embedding({self.num_embeddings}, {self.embedding_dim}{padding})"
