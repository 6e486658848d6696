# tokens.py - a byte-pair tokenizer
"""Text to token ids and back, by the library ``tokenizers``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import DataError

__all__ = ["BytePairTokenizer"]


class BytePairTokenizer:
    """Byte-level byte pairs, as GPT-2 has them: any text can be encoded, and decoded to what it was.

    The first ids are those of ``<pad>``, ``<bos>``, ``<eos>`` and ``<mask>``. Made by :meth:`train` or :meth:`load`.

    Attributes:
        pad, bos, eos, mask: 0, 1, 2 and 3.
    """

    pad, bos, eos, mask = 0, 1, 2, 3
    _SPECIAL = ("<pad>", "<bos>", "<eos>", "<mask>")

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    @classmethod
    def train(cls, texts: Iterable[str], size: int) -> BytePairTokenizer:
        """Learns a vocabulary from texts; the same texts give the same one.

        Args:
            size: of the vocabulary, at least 260: 256 bytes and four ids of its own.
        """
        if size < 260:
            raise ValueError(f"BytePairTokenizer: expected a vocabulary of at least 260, got {size}")
        tokenizers = _library()
        tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
        tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=True)
        tokenizer.decoder = tokenizers.decoders.ByteLevel()
        trainer = tokenizers.trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=list(cls._SPECIAL),
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        )
        tokenizer.train_from_iterator(texts, trainer)
        return cls(tokenizer)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> BytePairTokenizer:
        """Opens what :meth:`save` wrote.

        Raises:
            DataError: it is no such file.
        """
        try:
            tokenizer = _library().Tokenizer.from_file(os.fspath(path))
        except ImportError:
            raise
        except Exception as error:  # the library raises nothing more precise
            raise DataError(path, f"no tokenizer ({error})") from error
        if [tokenizer.token_to_id(token) for token in cls._SPECIAL] != list(range(len(cls._SPECIAL))):
            raise DataError(path, f"a tokenizer whose first ids are not {', '.join(cls._SPECIAL)}")
        return cls(tokenizer)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the vocabulary and merges, as JSON."""
        self._tokenizer.save(os.fspath(path))

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def encode(self, texts: Sequence[str], *, bos: bool = True, eos: bool = True) -> list[list[int]]:
        """Token ids of each text, between ``<bos>`` and ``<eos>``."""
        before, after = [self.bos] * bos, [self.eos] * eos
        return [[*before, *encoding.ids, *after] for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def decode(self, sequences: Iterable[Iterable[int]]) -> list[str]:
        """The texts of token ids, each up to its first ``<eos>``, without the ids of the tokenizer's own."""
        return [self._tokenizer.decode(self._content(sequence)).removeprefix(" ") for sequence in sequences]

    def _content(self, sequence: Iterable[int]) -> list[int]:
        content = []
        for token in sequence:
            if token == self.eos:
                break
            if token >= len(self._SPECIAL):
                content.append(int(token))
        return content


def _library() -> Any:
    try:
        import tokenizers
        import tokenizers.decoders
        import tokenizers.models
        import tokenizers.pre_tokenizers
        import tokenizers.trainers
    except ImportError as error:
        raise ImportError("the tokenizer needs the package tokenizers; pip install auxact[data]") from error
    return tokenizers
