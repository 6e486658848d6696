# _checks.py - checks that layers of several families make
"""Checks of a layer's arguments."""

from __future__ import annotations

import operator

from ...errors import ShapeError

__all__ = ["positive_size"]


def positive_size(layer: str, name: str, value: int) -> int:
    """A size, if it is one; NumPy's integers are.

    Raises:
        TypeError: no integer.
        ShapeError: below 1.
    """
    try:
        size = operator.index(value)
    except TypeError:
        raise TypeError(f"{layer}: expected {name} to be an integer, got {value!r}") from None
    if isinstance(value, bool) or size < 1:
        raise ShapeError(f"{layer}: expected {name} ≥ 1, got {value!r}")
    return size
