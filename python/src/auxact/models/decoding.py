# decoding.py - sentences from a trained encoder-decoder
"""Greedy and beam decoding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _arrays
from ..errors import InputError, ShapeError
from ..program import Program

__all__ = ["beam_decode", "greedy_decode"]

Scores = Callable[[np.ndarray, np.ndarray], np.ndarray]


def greedy_decode(program: Program, src: Any, *, bos: int, eos: int, length: int, pad: int = 0) -> np.ndarray:
    """The most likely word after the other.

    Args:
        program: compiled from a :class:`Transformer`.
        src: source tokens, (rows, source tokens) as the program takes them.
        bos: token that begins a sentence.
        eos: token that ends it.
        length: most target tokens with both: the program's own number of target tokens.
        pad: fills rows up behind ``eos``.

    Returns:
        Tokens, (rows, length), ``bos`` first.

    Raises:
        InputError: no rows, or a length below 2.
    """
    return beam_decode(program, src, bos=bos, eos=eos, length=length, beams=1, pad=pad)


def beam_decode(
    program: Program,
    src: Any,
    *,
    bos: int,
    eos: int,
    length: int,
    beams: int = 4,
    alpha: float = 0.6,
    pad: int = 0,
) -> np.ndarray:
    """The sentence of the greatest log-probability over ((5 + words)/6)^α among those that ``beams`` hypotheses a row find.

    A hypothesis that ends stays as it is; a row is done when its best one that has ended cannot be overtaken.

    Args:
        program, src, bos, eos, length, pad: as in :func:`greedy_decode`.
        beams: hypotheses a row.
        alpha: exponent of the length penalty; 0: none.

    Returns:
        Tokens, (rows, length), ``bos`` first.

    Raises:
        InputError: no rows, no beam, or a length below 2.
    """
    tokens = _arrays.as_numpy(src, "src")
    if tokens.ndim != 2 or tokens.shape[0] == 0:
        raise ShapeError(f"src: expected (rows, tokens) with at least one row, got shape {tokens.shape}")
    if length < 2 or beams < 1:
        raise InputError(f"expected a length of at least 2 and at least one beam, got {length} and {beams}")
    return search(lambda source, target: program.predict(source, target), tokens, bos, eos, length, beams, alpha, pad)


def search(scores: Scores, src: np.ndarray, bos: int, eos: int, length: int, beams: int, alpha: float, pad: int) -> np.ndarray:
    """:func:`beam_decode` over any function from (source, target) tokens to scores, (rows, target tokens, words)."""
    rows = src.shape[0]
    hypotheses = np.full((rows, beams, length), pad, np.int32)
    hypotheses[:, :, 0] = bos
    # All beams begin alike, so only the first counts at first.
    totals = np.where(np.arange(beams) == 0, 0.0, -np.inf) * np.ones((rows, 1))
    ended = np.zeros((rows, beams), bool)
    best = hypotheses[:, 0].copy()
    best_score = np.full(rows, -np.inf)
    open_rows = np.arange(rows)
    for place in range(1, length):
        flat = hypotheses[open_rows].reshape(-1, length)
        logits = np.asarray(scores(np.repeat(src[open_rows], beams, axis=0), flat))[:, place - 1]
        step = _log_softmax(logits.astype(np.float64)).reshape(len(open_rows), beams, -1)
        # What has ended was taken out and goes on no more.
        step[ended[open_rows]] = -np.inf
        words = step.shape[-1]
        joined = (totals[open_rows][:, :, None] + step).reshape(len(open_rows), -1)
        count = min(beams, joined.shape[1])
        chosen = np.argpartition(-joined, count - 1, axis=1)[:, :count]
        chosen = np.take_along_axis(chosen, np.argsort(-np.take_along_axis(joined, chosen, 1), axis=1, kind="stable"), 1)
        for index, row in enumerate(open_rows):
            parents, tails = np.divmod(chosen[index], words)
            hypotheses[row, :count] = hypotheses[row, parents]
            hypotheses[row, :count, place] = tails
            totals[row, :count] = joined[index, chosen[index]]
            ended[row, :count] = tails == eos
            totals[row, count:] = -np.inf
            last = place == length - 1
            for beam in range(count):
                if not (ended[row, beam] or last) or not np.isfinite(totals[row, beam]):
                    continue
                score = totals[row, beam] / _penalty(place, alpha)
                if score > best_score[row]:
                    best_score[row], best[row] = score, hypotheses[row, beam]
        alive = np.where(ended, -np.inf, totals).max(axis=1)
        # Longer sentences are divided by more: the most that one still open can come to.
        open_rows = np.array([row for row in open_rows if alive[row] / _penalty(length - 1, alpha) > best_score[row]], int)
        if open_rows.size == 0:
            break
    return best


def _penalty(words: int, alpha: float) -> float:
    return float(((5.0 + words) / 6.0) ** alpha)


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
