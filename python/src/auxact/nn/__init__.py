# __init__.py - the layers that models are written with
"""Layers with names, layouts and initial distributions as in ``torch.nn``; see :class:`Module` for writing
one's own."""

from .._tracing import SymbolicTensor as Tensor
from . import functional, initializers, layers
from ._module import Buffer, Module, Parameter
from .layers import *  # noqa: F403

__all__ = ["Buffer", "Module", "Parameter", "Tensor", "functional", "initializers", *layers.__all__]
