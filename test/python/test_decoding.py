# test_decoding.py - greedy and beam search against all sentences there are
"""Search over scores of a random table, where every sentence can be written down."""

import itertools

import numpy as np
import pytest

import auxact as aa
from auxact.models.decoding import search

BOS, EOS, PAD, WORDS, LENGTH = 1, 2, 0, 5, 5


def scores_of(seed, rows=3):
    """Scores that depend on the row's source and on the last two tokens, so that greed does not pay."""
    table = np.random.default_rng(seed).normal(scale=2.0, size=(rows, WORDS, WORDS, WORDS)).astype(np.float32)

    def scores(src, target):
        before = np.concatenate([np.zeros_like(target[:, :1]), target[:, :-1]], axis=1)
        return table[src[:, 0]][np.arange(len(src))[:, None], before, target]

    return scores


def log_softmax(values):
    return values - np.log(np.exp(values).sum(axis=-1, keepdims=True))


def sentences():
    """Every sentence that ends, or is as long as it can be."""
    for count in range(1, LENGTH):
        for words in itertools.product(range(WORDS), repeat=count):
            if EOS not in words[:-1] and (words[-1] == EOS or count == LENGTH - 1):
                yield [BOS, *words] + [PAD] * (LENGTH - 1 - count), count


def best_of_all(scores, source, alpha):
    best, best_score = None, -np.inf
    for sentence, count in sentences():
        steps = log_softmax(scores(np.array([[source]]), np.array([sentence]))[0].astype(np.float64))
        total = sum(steps[place, sentence[place + 1]] for place in range(count))
        score = total / ((5.0 + count) / 6.0) ** alpha
        if score > best_score:
            best, best_score = sentence, score
    return best


@pytest.mark.parametrize("alpha", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_the_best_sentence(seed, alpha):
    scores = scores_of(seed)
    src = np.arange(3, dtype=np.int32)[:, None]
    found = search(scores, src, BOS, EOS, LENGTH, 200, alpha, PAD)
    assert found.tolist() == [best_of_all(scores, row, alpha) for row in range(3)]


def test_one_beam_is_greedy_and_a_few_are_better():
    better = 0
    for seed in range(10):
        scores = scores_of(seed, rows=1)
        src = np.zeros((1, 1), np.int32)
        target = np.full((1, LENGTH), PAD, np.int32)
        target[:, 0] = BOS
        for place in range(1, LENGTH):
            target[0, place] = scores(src, target)[0, place - 1].argmax()
            if target[0, place] == EOS:
                break
        found = search(scores, src, BOS, EOS, LENGTH, 1, 0.6, PAD)
        np.testing.assert_array_equal(found, target)
        better += search(scores, src, BOS, EOS, LENGTH, 3, 0.6, PAD).tolist() != found.tolist()
    assert better > 0


def test_rows_that_are_done_are_not_scored_again():
    scores, counts = scores_of(0), []

    def counted(src, target):
        counts.append(len(src))
        values = scores(src, target).copy()
        values[src[:, 0] == 0, :, EOS] = 50.0  # its sentence ends at once
        return values

    found = search(counted, np.arange(3, dtype=np.int32)[:, None], BOS, EOS, LENGTH, 2, 0.6, PAD)
    assert found[0].tolist() == [BOS, EOS, PAD, PAD, PAD]
    assert counts[0] == 6 and counts[1] == 4


def test_what_cannot_be_decoded():
    class Untouched:
        def predict(self, *inputs):
            raise AssertionError

    program = Untouched()
    with pytest.raises(aa.ShapeError, match=r"at least one row, got shape \(0, 4\)"):
        aa.models.greedy_decode(program, np.zeros((0, 4), np.int32), bos=1, eos=2, length=5)
    with pytest.raises(aa.InputError, match="at least 2 and at least one beam, got 5 and 0"):
        aa.models.beam_decode(program, np.zeros((1, 4), np.int32), bos=1, eos=2, length=5, beams=0)
