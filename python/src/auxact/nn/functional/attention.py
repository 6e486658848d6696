# attention.py - scaled dot-product attention
"""Scaled dot-product attention."""

from __future__ import annotations

from ..._tracing import SymbolicTensor, expect_rank
from ...errors import DTypeError, ShapeError
from ._checks import expect_float

__all__ = ["attention"]


def attention(
    query: SymbolicTensor,
    key: SymbolicTensor,
    value: SymbolicTensor,
    heads: int,
    *,
    causal: bool = False,
    key_mask: SymbolicTensor | None = None,
    scale: float | None = None,
) -> SymbolicTensor:
    """``softmax(scale · query · keyᵀ) · value`` for each head, a slice of the features: head h has the features h·D to
    (h + 1)·D. What :func:`torch.nn.functional.scaled_dot_product_attention` computes on (batch, heads, tokens, D).

    It runs block by block, forward and backward: no tensor of queries × keys exists, and beside the operands and the
    result only the log-sum-exp of each row is kept.

    Args:
        query: (batch, queries, heads·D).
        key: (batch, keys, heads·D).
        value: (batch, keys, heads·D).
        heads: ≥ 1.
        causal: query i sees the keys 0 to i only.
        key_mask: which keys all queries of a sample see: int32, (batch, keys), where those that are not 0 are, or
            (batch,), where so many from the first one on are. A query that sees none gives 0.
        scale: 1/√D by default.

    Returns:
        (batch, queries, heads·D).

    Raises:
        DTypeError: the mask is not int32.
        ShapeError: the shapes do not fit, or the heads do not divide the features evenly.
    """
    for what, tensor in (("query", query), ("key", key), ("value", value)):
        expect_float(f"attention: {what}", tensor)
        expect_rank(f"attention: {what}", tensor, 3)
    if value.shape != key.shape:
        raise ShapeError(f"attention: expected values of the keys' shape {key.shape}, got {value.shape}")
    if query.shape[0] != key.shape[0] or query.shape[2] != key.shape[2]:
        raise ShapeError(f"attention: queries {query.shape} and keys {key.shape} differ in batch or features")
    if heads < 1 or query.shape[2] % heads:
        raise ShapeError(f"attention: {heads} heads do not divide {query.shape[2]} features evenly")
    operands = [query, key, value]
    if key_mask is not None:
        if not isinstance(key_mask, SymbolicTensor) or key_mask.dtype != "i32":
            kind = key_mask.type if isinstance(key_mask, SymbolicTensor) else type(key_mask).__name__
            raise DTypeError(f"attention: expected an int32 key_mask, got {kind}")
        if key_mask.shape not in (key.shape[:1], key.shape[:2]):
            raise ShapeError(f"attention: expected a key_mask of shape {key.shape[:2]} or {key.shape[:1]}, got {key_mask.shape}")
        operands.append(key_mask)
    trace = query.trace
    name, location = trace.layer_name("attention")
    attributes = {"heads": f"{heads} : i64", "name": f'"{name}"'}
    if causal:
        attributes["causal"] = "unit"
    if scale is not None:
        attributes["scale"] = f"{float(scale)!r} : f32"
    types = f"({', '.join(operand.type for operand in operands)}) -> ({{results}})"
    statistics = (query.shape[0], heads, query.shape[1])
    result, _ = trace.append_many("attention", operands, [(query.shape, "f32"), (statistics, "f32")], types, attributes, location)
    return result
