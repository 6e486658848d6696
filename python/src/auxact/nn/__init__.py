# __init__.py - the layers that models are written with
"""Layers with names, layouts and initial distributions as in ``torch.nn``; see :class:`Module` for writing
one's own."""

from .._tracing import SymbolicTensor as Tensor
from . import functional
from ._layers import GELU, Flatten, Linear, ReLU, Residual, Sequential
from ._module import Module, Parameter

__all__ = [
    "GELU",
    "Flatten",
    "Linear",
    "Module",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "Tensor",
    "functional",
]
