# data.py - batches of arrays
"""A loader for arrays that fit in memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .errors import ShapeError

__all__ = ["Batches"]


class Batches:
    """Iterates over rows of arrays in batches, in a new order each time.

    Args:
        arrays: arrays with the same number of rows.
        batch_size: rows of a batch, ≥ 1.
        shuffle: whether each iteration has its own order.
        seed: of the orders; the n-th iteration of two loaders with one seed is the same.
        drop_last: leave out a last batch with fewer rows (which would be another compiled entry).

    Raises:
        ShapeError: the numbers of rows differ.
        ValueError: a batch size below 1, or no array.
    """

    def __init__(
        self,
        *arrays: np.ndarray,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = True,
    ) -> None:
        if not arrays:
            raise ValueError("Batches: expected at least one array")
        if batch_size < 1:
            raise ValueError(f"Batches: expected batch_size ≥ 1, got {batch_size}")
        rows = [len(array) for array in arrays]
        if len(set(rows)) != 1:
            raise ShapeError(f"Batches: the arrays have different numbers of rows: {rows}")
        self.arrays, self.batch_size, self.shuffle, self.seed, self.drop_last = (
            arrays,
            batch_size,
            shuffle,
            seed,
            drop_last,
        )
        self._round = 0

    def __len__(self) -> int:
        rows = len(self.arrays[0])
        return rows // self.batch_size if self.drop_last else -(-rows // self.batch_size)

    def __iter__(self) -> Iterator[tuple[np.ndarray, ...]]:
        rows = len(self.arrays[0])
        order = np.arange(rows)
        if self.shuffle:
            np.random.default_rng((self.seed, self._round)).shuffle(order)
        self._round += 1
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            chosen = order[start : start + self.batch_size]
            yield tuple(array[chosen] for array in self.arrays)
