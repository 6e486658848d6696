# bert.py - BERT with heads for sequences and for masked words
"""BERT (Devlin et al., 2019), with the names of transformers."""

from __future__ import annotations

from typing import ClassVar, Literal

from .. import nn
from ..errors import ShapeError
from ..nn import functional as F
from ..nn.initializers import constant, normal
from ._blocks import dropped

__all__ = ["BertForMaskedLM", "BertForSequenceClassification", "bert_base", "bert_large", "bert_mini"]


class _Embeddings(nn.Module):
    """Words, positions and kinds of tokens, added and normalized."""

    torch_ignored: ClassVar[tuple[str, ...]] = ("position_ids", "token_type_ids")

    def __init__(self, vocab: int, dim: int, positions: int, types: int, drop: float, padding: int | None) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocab, dim, padding_idx=padding)
        self.position_embeddings = nn.Embedding(positions, dim)
        self.token_type_embeddings = nn.Embedding(types, dim)
        self.LayerNorm = nn.LayerNorm(dim, eps=1e-12)
        self.positions, self.drop = positions, drop

    def forward(self, input_ids: nn.Tensor, token_type_ids: nn.Tensor | None) -> nn.Tensor:
        length = input_ids.shape[1]
        if length > self.positions:
            raise ShapeError(f"expected at most {self.positions} tokens, got {length}")
        table = self.get(self.position_embeddings.weight)
        h = self.word_embeddings(input_ids) + F.narrow(table, 0, 0, length)
        if token_type_ids is not None:
            h = h + self.token_type_embeddings(token_type_ids)
        else:
            h = h + F.select(self.get(self.token_type_embeddings.weight), 0, 0)
        return dropped(self.LayerNorm(h), self.drop)


class _SelfAttention(nn.Module):
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.query, self.key, self.value = nn.Linear(dim, dim), nn.Linear(dim, dim), nn.Linear(dim, dim)
        self.heads = heads

    def forward(self, x: nn.Tensor, mask: nn.Tensor | None) -> nn.Tensor:
        return F.attention(self.query(x), self.key(x), self.value(x), self.heads, key_mask=mask)


class _Output(nn.Module):
    """A map, and the norm behind the residual connection."""

    def __init__(self, inner: int, dim: int, drop: float) -> None:
        super().__init__()
        self.dense = nn.Linear(inner, dim)
        self.LayerNorm = nn.LayerNorm(dim, eps=1e-12)
        self.drop = drop

    def forward(self, h: nn.Tensor, x: nn.Tensor) -> nn.Tensor:
        return self.LayerNorm(dropped(self.dense(h), self.drop) + x)


class _Attention(nn.Module):
    def __init__(self, dim: int, heads: int, drop: float) -> None:
        super().__init__()
        self.self = _SelfAttention(dim, heads)
        self.output = _Output(dim, dim, drop)

    def forward(self, x: nn.Tensor, mask: nn.Tensor | None) -> nn.Tensor:
        return self.output(self.self(x, mask), x)


class _Dense(nn.Module):
    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.dense = nn.Linear(inputs, outputs)


class _Intermediate(_Dense):
    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return F.gelu(self.dense(x))


class _Pooler(_Dense):
    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return F.tanh(self.dense(F.select(x, dim=1, index=0)))


class _Layer(nn.Module):
    def __init__(self, dim: int, heads: int, inner: int, drop: float) -> None:
        super().__init__()
        self.attention = _Attention(dim, heads, drop)
        self.intermediate = _Intermediate(dim, inner)
        self.output = _Output(inner, dim, drop)

    def forward(self, x: nn.Tensor, mask: nn.Tensor | None) -> nn.Tensor:
        x = self.attention(x, mask)
        return self.output(self.intermediate(x), x)


class _Encoder(nn.Module):
    def __init__(self, depth: int, dim: int, heads: int, inner: int, drop: float) -> None:
        super().__init__()
        self.layer = nn.ModuleList(_Layer(dim, heads, inner, drop) for _ in range(depth))

    def forward(self, x: nn.Tensor, mask: nn.Tensor | None) -> nn.Tensor:
        for layer in self.layer:
            x = layer(x, mask)
        return x


class _Bert(nn.Module):
    """Embeddings and encoder; a pooler for heads that read one vector."""

    def __init__(
        self,
        vocab_size: int,
        dim: int,
        depth: int,
        heads: int,
        inner: int,
        max_length: int,
        token_types: int,
        drop: float,
        padding: int | None,
        pooler: bool,
    ) -> None:
        super().__init__()
        if dim % heads:
            raise ShapeError(f"BERT: dim {dim} is not divided by {heads} heads")
        self.embeddings = _Embeddings(vocab_size, dim, max_length, token_types, drop, padding)
        self.encoder = _Encoder(depth, dim, heads, inner, drop)
        self.pooler = _Pooler(dim, dim) if pooler else None

    def forward(self, input_ids: nn.Tensor, mask: nn.Tensor | None, token_type_ids: nn.Tensor | None) -> nn.Tensor:
        x = self.encoder(self.embeddings(input_ids, token_type_ids), mask)
        return x if self.pooler is None else self.pooler(x)


class _BertModel(nn.Module):
    """What both models share.

    Args:
        vocab_size: number of word pieces.
        dim: width of a token; a multiple of ``heads``.
        depth: layers.
        heads: attention heads.
        inner: width of the feed-forward's inner layer; ``None``: four times ``dim``.
        max_length: most tokens of a sequence.
        token_types: kinds of tokens (sentence A and B).
        drop_rate: dropout behind embeddings, attention output and feed-forward, and before the classifier. Attention
            weights are not dropped.
        padding_idx: the word piece whose row gets no gradient; ``None``: all do.

    Raises:
        ShapeError: the sizes do not fit.
    """

    def __init__(
        self,
        vocab_size: int = 30522,
        dim: int = 768,
        depth: int = 12,
        heads: int = 12,
        inner: int | None = None,
        max_length: int = 512,
        token_types: int = 2,
        drop_rate: float = 0.1,
        padding_idx: int | None = 0,
        *,
        pooler: bool,
    ) -> None:
        super().__init__()
        inner = 4 * dim if inner is None else inner
        self.bert = _Bert(vocab_size, dim, depth, heads, inner, max_length, token_types, drop_rate, padding_idx, pooler)
        self.vocab_size, self.dim, self.drop_rate = vocab_size, dim, drop_rate

    def _initialize(self) -> None:
        """First values as transformers draws them."""
        for _, module in self.named_modules():
            if isinstance(module, (nn.Linear, nn.Embedding)):
                module.weight.init = normal(0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                module.bias.init = constant(0.0)


class BertForSequenceClassification(_BertModel):
    """Token ids, (batch, tokens), to (batch, num_classes).

    ``forward(input_ids, attention_mask, token_type_ids)``: the mask is 0 for padding and 1 elsewhere; it and the kinds may
    be left out. Arguments beside ``num_classes`` are those of ``auxact.models.bert_base``.
    """

    def __init__(self, num_classes: int = 2, **options: object) -> None:
        super().__init__(**options, pooler=True)  # type: ignore[arg-type]
        self.classifier = nn.Linear(self.dim, num_classes)
        self._initialize()

    def forward(self, input_ids: nn.Tensor, attention_mask: nn.Tensor | None = None, token_type_ids: nn.Tensor | None = None) -> nn.Tensor:
        return self.classifier(dropped(self.bert(input_ids, attention_mask, token_type_ids), self.drop_rate))


class _Transform(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dense = nn.Linear(dim, dim)
        self.LayerNorm = nn.LayerNorm(dim, eps=1e-12)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return self.LayerNorm(F.gelu(self.dense(x)))


class _Predictions(nn.Module):
    """Scores of words by the table that words come from."""

    def __init__(self, dim: int, words: nn.Embedding) -> None:
        super().__init__()
        self.bias = nn.Parameter((words.num_embeddings,), constant(0.0))
        self.transform = _Transform(dim)
        self.decoder = nn.Linear(dim, words.num_embeddings)
        self.decoder.weight, self.decoder.bias = words.weight, self.bias

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return self.decoder(self.transform(x))


class _Head(nn.Module):
    def __init__(self, dim: int, words: nn.Embedding) -> None:
        super().__init__()
        self.predictions = _Predictions(dim, words)

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        return self.predictions(x)


class BertForMaskedLM(_BertModel):
    """Token ids, (batch, tokens), to scores of every word at every place, (batch, tokens, vocab_size), by the table of the
    word embeddings.

    Inputs and arguments as those of :class:`BertForSequenceClassification`. Labels that are -100 have no part in the loss.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**options, pooler=False)  # type: ignore[arg-type]
        self.cls = _Head(self.dim, self.bert.embeddings.word_embeddings)
        self._initialize()

    def forward(self, input_ids: nn.Tensor, attention_mask: nn.Tensor | None = None, token_type_ids: nn.Tensor | None = None) -> nn.Tensor:
        return self.cls(self.bert(input_ids, attention_mask, token_type_ids))


_Model = BertForSequenceClassification | BertForMaskedLM


def bert_mini(head: Literal["classification", "masked-language"] = "classification", **options: object) -> _Model:
    """BERT-mini: 256 wide, 4 layers, 4 heads.

    Args:
        head: of :class:`BertForSequenceClassification` or :class:`BertForMaskedLM`.
        options: theirs.

    Raises:
        ValueError: an unknown head.
    """
    return _bert(head, {"dim": 256, "depth": 4, "heads": 4, **options})


def bert_base(head: Literal["classification", "masked-language"] = "classification", **options: object) -> _Model:
    """BERT-base: 768 wide, 12 layers, 12 heads; otherwise as :func:`bert_mini`."""
    return _bert(head, {"dim": 768, "depth": 12, "heads": 12, **options})


def bert_large(head: Literal["classification", "masked-language"] = "classification", **options: object) -> _Model:
    """BERT-large: 1024 wide, 24 layers, 16 heads; otherwise as :func:`bert_mini`."""
    return _bert(head, {"dim": 1024, "depth": 24, "heads": 16, **options})


def _bert(head: str, options: dict[str, object]) -> _Model:
    if head == "classification":
        return BertForSequenceClassification(**options)  # type: ignore[arg-type]
    if head == "masked-language":
        return BertForMaskedLM(**options)
    raise ValueError(f"BERT: expected head = 'classification' or 'masked-language', got {head!r}")
