# embedding.py - rows of tables
"""Rows of tables."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import DTypeError, ShapeError
from ._checks import expect_float

__all__ = ["embedding"]


def embedding(tokens: SymbolicTensor, weight: SymbolicTensor, padding_idx: int | None = None) -> SymbolicTensor:
    """The row of ``weight`` for each token.

    Args:
        tokens: any shape, integers in [0, rows); one outside is an :class:`auxact.InputError` when the program runs.
        weight: (rows, features).
        padding_idx: a row that gets no gradient; negative from the end.

    Returns:
        (\\*tokens.shape, features).

    Raises:
        ShapeError: the weight is no matrix.
        DTypeError: the tokens are no integers.
        ValueError: ``padding_idx`` is no row.
    """
    expect_float("embedding: weight", weight)
    expect_rank("embedding: weight", weight, 2)
    if not isinstance(tokens, SymbolicTensor):
        raise TypeError(f"embedding: expected traced tokens, got {type(tokens).__name__}; layers run in compiled programs")
    if tokens.dtype != "i32":
        raise DTypeError(f"embedding: expected integer tokens, got {tokens.type}")
    if tokens.ndim == 0:
        raise ShapeError("embedding: expected tokens of at least one axis")
    rows, features = weight.shape
    name, location = tokens.trace.layer_name("embedding")
    attributes = {"name": f'"{name}"'}
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise ValueError(f"embedding: expected padding_idx in [{-rows}, {rows - 1}], got {padding_idx}")
        attributes["padding_index"] = f"{padding_idx % rows} : i64"
    types = f"({tokens.type}, {weight.type}) -> {{result}}"
    return tokens.trace.append("embedding", [tokens, weight], (*tokens.shape, features), types, attributes, location)
