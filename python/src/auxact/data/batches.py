# batches.py - batches of arrays, in an order that a seed decides
"""A loader whose every batch is a function of seed, epoch and index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from ..errors import ShapeError

__all__ = ["Batches", "Rows"]


class Rows(Protocol):
    """Rows that a loader can pick from: an array, or what reads its rows when they are asked for."""

    def __len__(self) -> int:
        """How many there are."""

    def __getitem__(self, chosen: np.ndarray) -> np.ndarray:
        """Those of these indices."""


class Batches:
    """Iterates over rows of arrays in batches, in a new order each time.

    Args:
        arrays: arrays with the same number of rows, or :class:`Images`.
        batch_size: rows of a batch, ≥ 1.
        shuffle: whether each epoch has its own order.
        seed: of the orders and of ``transform``; the n-th epoch of two loaders with one seed is the same.
        drop_last: leave out a last batch with fewer rows (which would be another compiled entry).
        transform: called with the arrays of a batch and a generator of its own, returns what the batch is.

    Raises:
        ShapeError: the numbers of rows differ.
        ValueError: a batch size below 1, or no array.
    """

    def __init__(
        self,
        *arrays: Rows,
        batch_size: int,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = True,
        transform: Callable[[tuple[np.ndarray, ...], np.random.Generator], Sequence[np.ndarray]] | None = None,
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
        self.transform = transform
        self._round = 0
        self._order: tuple[int, np.ndarray] | None = None

    def __len__(self) -> int:
        rows = len(self.arrays[0])
        return rows // self.batch_size if self.drop_last else -(-rows // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        self._round += 1
        return self.epoch(self._round - 1)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Any, ...]]:
        """The batches of an epoch (from 0), from batch ``start`` on; of any epoch, in any order."""
        return (self.batch(epoch, index) for index in range(start, len(self)))

    def batch(self, epoch: int, index: int) -> tuple[Any, ...]:
        """One batch of an epoch: the same whenever it is asked for, and by whichever thread."""
        order = self._order_of(epoch)
        chosen = order[index * self.batch_size : (index + 1) * self.batch_size]
        batch = tuple(array[chosen] for array in self.arrays)
        if self.transform is None:
            return batch
        return tuple(self.transform(batch, np.random.default_rng((self.seed, epoch, index))))

    def _order_of(self, epoch: int) -> np.ndarray:
        # Threads may make it twice, to the same numbers.
        known = self._order
        if known is not None and known[0] == epoch:
            return known[1]
        order = np.arange(len(self.arrays[0]))
        if self.shuffle:
            np.random.default_rng((self.seed, epoch)).shuffle(order)
        self._order = (epoch, order)
        return order
