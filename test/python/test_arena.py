# test_arena.py - the arena planner under property-based tests, with a check of its own
"""Offsets for (bytes, alignment, first use, last use); the independent verifier is written here, in
Python."""

import time

import numpy as np
from auxact._auxact import plan_arena
from hypothesis import given, settings
from hypothesis import strategies as st


def aligned(value, alignment):
    return -(-value // alignment) * alignment


def lower_bound(requests):
    """The most aligned bytes alive at once."""
    points = sorted({first for _, _, first, _ in requests})
    return max(
        (sum(aligned(size, alignment) for size, alignment, first, last in requests if first <= at <= last) for at in points),
        default=0,
    )


def check(requests, offsets, size):
    for (bytes_, alignment, _, _), offset in zip(requests, offsets, strict=True):
        assert offset >= 0 and offset % alignment == 0 and offset + bytes_ <= size
    for index, (bytes_, _, first, last) in enumerate(requests):
        for other in range(index):
            other_bytes, _, other_first, other_last = requests[other]
            if first <= other_last and other_first <= last and bytes_ and other_bytes:
                assert offsets[index] + bytes_ <= offsets[other] or offsets[other] + other_bytes <= offsets[index]


def best_fit(requests):
    """The size that greedy best-fit reaches, largest buffer first."""
    placed, size = [], 0
    for raw, alignment, first, last in sorted(requests, key=lambda request: -request[0]):
        bytes_ = aligned(raw, alignment)
        taken = sorted((start, end) for start, end, other_first, other_last in placed if first <= other_last and other_first <= last)
        best, offset, at = None, 0, 0
        for start, end in taken:
            offset = aligned(at, alignment)
            if offset + bytes_ <= start and (best is None or start - at < best[0]):
                best = (start - at, offset)
            at = max(at, end)
        offset = best[1] if best else aligned(at, alignment)
        placed.append((offset, offset + bytes_, first, last))
        size = max(size, offset + bytes_)
    return size


requests = st.lists(
    st.tuples(st.integers(0, 5000), st.sampled_from([64, 64, 64, 1024]), st.integers(0, 30), st.integers(0, 10)).map(
        lambda item: (item[0], item[1], item[2], item[2] + item[3])
    ),
    max_size=40,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(requests)
def test_plans_are_right(buffers):
    offsets, size, bound = plan_arena(buffers)
    check(buffers, offsets, size)
    assert bound <= aligned(size, 64)
    if all(alignment == 64 for _, alignment, _, _ in buffers):
        assert bound == lower_bound(buffers)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(requests)
def test_plans_are_never_above_best_fit(buffers):
    _, size, _ = plan_arena(buffers)
    assert size <= best_fit(buffers)


def test_ten_thousand_buffers_in_a_second():
    generator = np.random.default_rng(0)
    first = np.sort(generator.integers(0, 3000, 10_000))
    buffers = [
        (int(size), 64, int(at), int(at + length))
        for size, at, length in zip(generator.integers(1, 1 << 20, 10_000), first, generator.integers(0, 40, 10_000), strict=True)
    ]
    start = time.process_time()
    offsets, size, bound = plan_arena(buffers)
    assert time.process_time() - start < 1.0
    assert len(offsets) == 10_000 and bound <= size <= 1.2 * bound
