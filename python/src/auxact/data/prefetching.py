# prefetching.py - batches made by threads, ahead of the step that takes them
"""A loader around a loader."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from .batches import Batches

__all__ = ["Prefetch"]


class Prefetch:
    """The same batches in the same order, made by threads while steps run.

    Programs run without the interpreter's lock, and so does most of what decodes and transforms images. An
    error in a thread is raised where its batch would have come.

    Args:
        loader: makes the batches.
        depth: how many are made ahead, ≥ 1; so many are in memory.
        threads: that make them, ≥ 1.
    """

    def __init__(self, loader: Batches, *, depth: int = 4, threads: int = 1) -> None:
        if depth < 1 or threads < 1:
            raise ValueError(f"Prefetch: expected depth and threads of at least 1, got {depth} and {threads}")
        self.loader, self.depth, self.threads = loader, depth, threads
        self._round = 0

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        self._round += 1
        return self.epoch(self._round - 1)

    def epoch(self, epoch: int, start: int = 0) -> Iterator[tuple[Any, ...]]:
        """The batches of an epoch (from 0), from batch ``start`` on."""
        pool = ThreadPoolExecutor(self.threads, thread_name_prefix="auxact-prefetch")
        waiting: deque[Future[tuple[Any, ...]]] = deque()
        try:
            for index in range(start, len(self.loader)):
                waiting.append(pool.submit(self.loader.batch, epoch, index))
                if len(waiting) > self.depth:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Whoever stops in the middle of an epoch waits for no batch but those being made.
            pool.shutdown(wait=True, cancel_futures=True)
