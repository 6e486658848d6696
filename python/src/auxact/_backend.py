# _backend.py - what the package asks of the private extension module
#
# The one place that imports `_auxact`, and the one place that says which of its calls are used; everything
# else is typed against Session.
"""The compiled half of the package, as protocols."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np

__all__ = ["Session", "create", "load"]


class Session(Protocol):
    """A model, its compiled entries and its state; the C++ class ``mlir::auxact::Session``."""

    def run(self, entry: str, batch: int, inputs: Sequence[np.ndarray], scalars: Mapping[str, float], copy: bool) -> dict[str, np.ndarray]:
        """One run of an entry, without the GIL; arrays by output name."""

    def entry_spec(self, entry: str, batch: int) -> str:
        """The runtime's EntrySpec as JSON; compiles the entry on first use."""

    def state_specs(self) -> str:
        """The runtime's StateSpecs as a JSON list."""

    def state_bytes(self) -> int:
        """Bytes of the state block."""

    def get_state(self, name: str) -> np.ndarray:
        """A copy of one state array."""

    def set_state(self, name: str, value: np.ndarray) -> None:
        """Overwrites one state array."""

    def print_ir(self, stage: str) -> str:
        """The module's text after a stage."""

    def extra(self) -> dict[str, str]:
        """Strings saved with the program."""

    def set_extra(self, key: str, value: str) -> None:
        """Sets one of them."""

    def save(self, path: str) -> None:
        """Writes a bundle."""


def create(text: str, filename: str, options: Mapping[str, Any]) -> Session:
    """Parses and verifies a model under options; entries compile on first use."""
    from . import _auxact

    return _auxact.Session(text, filename, json.dumps(options))


def load(path: str | os.PathLike[str], options: Mapping[str, Any]) -> Session:
    """Opens a bundle."""
    from . import _auxact

    return _auxact.load(os.fspath(path), json.dumps(options))
