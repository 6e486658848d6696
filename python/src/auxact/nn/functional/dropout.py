# dropout.py - dropout and stochastic depth
"""Random zeros in training; nothing is kept of them. Identities in evaluation."""

from __future__ import annotations

from ..._tracing import SymbolicTensor
from ._checks import expect_float

__all__ = ["drop_path", "dropout"]


def dropout(x: SymbolicTensor, p: float = 0.5) -> SymbolicTensor:
    """In training an element is 0 with probability ``p`` and divided by 1 - p otherwise.

    Which ones follows from the program's seed, the number of the step and the place in the network alone.

    Raises:
        ValueError: ``p`` is not in [0, 1).
    """
    return _drop("dropout", x, p)


def drop_path(x: SymbolicTensor, p: float = 0.0) -> SymbolicTensor:
    """In training a sample (an index of the first axis) is 0 with probability ``p`` and divided by 1 - p otherwise:
    stochastic depth, for the branch of a residual connection.

    Raises:
        ValueError: ``p`` is not in [0, 1).
    """
    return _drop("drop_path", x, p)


def _drop(what: str, x: SymbolicTensor, p: float) -> SymbolicTensor:
    expect_float(what, x)
    if not 0.0 <= p < 1.0:
        raise ValueError(f"{what}: expected p in [0, 1), got {p!r}")
    name, location = x.trace.layer_name(what)
    attributes = {"name": f'"{name}"', "probability": f"{float(p):e} : f64"}
    return x.trace.append(what, [x], x.shape, f"({x.type}) -> {{result}}", attributes, location)
