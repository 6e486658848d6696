# reference_forms.py - stored forms of activations in NumPy, written from the mathematics alone
#
# Sizes and roundings are those of learning-rules.md, sections 2 and 7.
"""Quantised, averaged, rotated and tabulated forms of a matrix, as a reader gets them back."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np

Array = np.ndarray

INNER, OUTER, BORDER = 0.453, 1.510, 0.9815


def quantised(x: Array, bits: int, group: int = 256) -> Array:
    """lo + scale·q of each group of a row, in float32; the last group of a row may be short."""
    x = np.asarray(x, np.float32)
    result = np.empty_like(x)
    levels = np.float32(2**bits - 1)
    for start in range(0, x.shape[1], group):
        part = x[:, start : start + group]
        low, high = part.min(axis=1, keepdims=True), part.max(axis=1, keepdims=True)
        scale = (high - low) / levels
        with np.errstate(divide="ignore", invalid="ignore"):
            codes = np.where(scale == 0, np.float32(0), np.clip(np.rint((part - low) / scale), 0, levels))
        result[:, start : start + group] = low + codes * scale
    return result.astype(np.float64)


def averaged(x: Array, bits: int, group: int = 256) -> Array:
    """The mean of four consecutive elements of a row, quantised, for each of them."""
    columns = x.shape[1]
    starts = np.arange(0, columns, 4)
    counts = np.minimum(columns - starts, 4)
    means = np.add.reduceat(x, starts, axis=1) / counts
    return np.repeat(quantised(means, bits, group), counts, axis=1)


def hadamard(size: int) -> Array:
    """Sylvester's matrix, divided by the square root of its size."""
    matrix = np.ones((1, 1))
    while len(matrix) < size:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix / np.sqrt(size)


def diagonal(features: int) -> Array:
    """The fixed signs: the top bit of a hash of the feature's number."""
    h = np.arange(features, dtype=np.uint64)
    h = h * 0x9E3779B1 & 0xFFFFFFFF
    h = (h ^ h >> 15) * 0x85EBCA77 & 0xFFFFFFFF
    h ^= h >> 13
    return np.where(h >> 31, -1.0, 1.0)


def rotation(features: int, block: int) -> Array:
    """D·H/√B for rows of `features`, padded to whole blocks: (padded, padded)."""
    padded = -(-features // block) * block
    return diagonal(padded)[:, None] * np.kron(np.eye(padded // block), hadamard(block))


def rotated(centered: Array, block: int, bits: int, positive: Callable[[Array], Array]) -> Array:
    """What a rotated rule makes of x - μ: signs or four levels of z, one unbiased scale a row, rotated back."""
    rows, features = centered.shape
    matrix = rotation(features, block)
    z = np.pad(centered, ((0, 0), (0, len(matrix) - features))) @ matrix
    sign = np.where(positive(z), 1.0, -1.0)
    if bits == 1:
        levels = sign
    else:
        deviation = np.sqrt(np.mean(z * z, axis=1, keepdims=True))
        levels = sign * np.where(np.abs(z) > BORDER * deviation, OUTER, INNER)
    product = np.sum(levels * z, axis=1, keepdims=True)
    scale = np.divide(np.sum(z * z, axis=1, keepdims=True), product, out=np.zeros((rows, 1)), where=product != 0)
    return (scale * levels @ matrix.T)[:, :features]


def fitted(x: Array, t: Array) -> Array:
    """a·t + b of each column, the least-squares fit of x."""
    result = np.empty_like(x)
    for column in range(x.shape[1]):
        basis = np.stack([t[:, column], np.ones(len(t))], axis=1)
        if np.ptp(t[:, column]) == 0:
            result[:, column] = x[:, column].mean()
        else:
            result[:, column] = basis @ np.linalg.lstsq(basis, x[:, column], rcond=None)[0]
    return result


def step_function(derivative: Callable[[Array], Array], steps: int) -> tuple[Array, Array]:
    """Borders and levels of the best approximation by `steps` steps over [-6, 6], on a grid of 600 cells."""
    cells = 600
    values = derivative(-6 + (np.arange(cells) + 0.5) * 0.02)
    sums = np.concatenate([[0], np.cumsum(values)])
    squares = np.concatenate([[0], np.cumsum(values**2)])
    first, last = np.meshgrid(np.arange(cells + 1), np.arange(cells + 1), indexing="ij")
    length = np.maximum(last - first, 1)
    error = np.where(first < last, squares[last] - squares[first] - (sums[last] - sums[first]) ** 2 / length, np.inf)
    best, starts = np.full(cells + 1, np.inf), []
    best[0] = 0.0
    for _ in range(steps):
        total = best[:, None] + error
        starts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    ends, end = [cells], cells
    for chosen in reversed(starts):
        end = int(chosen[end])
        ends.append(end)
    ends.reverse()
    levels = np.array([(sums[b] - sums[a]) / (b - a) for a, b in itertools.pairwise(ends)])
    return -6 + 0.02 * np.array(ends[1:-1]), levels
