# _backend.py - what the package asks of the private extension module
#
# The one place that imports `_auxact`; everything else is typed against Session.
"""The compiled half of the package, as a protocol."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Session", "create", "find_layers", "load", "residual_groups", "sign_levels"]


class Session(Protocol):
    """A model, its compiled entries and its state: the C++ class ``mlir::auxact::Session``."""

    def run(
        self,
        entry: str,
        batch: int,
        inputs: Sequence[np.ndarray],
        scalars: Mapping[str, float],
        copy: bool,
        check_loss: bool = False,
        step: int = 0,
    ) -> dict[str, np.ndarray]:
        """One run of an entry, without the GIL; arrays by output name, None for what stays on a device."""

    def entry_spec(self, entry: str, batch: int) -> str:
        """The runtime's EntrySpec as JSON; compiles the entry on first use."""

    def state_specs(self) -> str:
        """``{"state": [StateSpec, …], "state_bytes": …}`` as JSON."""

    def get_state(self, name: str) -> np.ndarray:
        """A copy of one state array."""

    def set_state(self, name: str, value: np.ndarray) -> None:
        """Overwrites one state array."""

    def initialize(self, seed: int) -> None:
        """First values of all parameters, as torch.nn's Linear has them; the rest of the state from its fill."""

    def restart_averages(self) -> None:
        """Sets every parameter's running average to the parameter."""

    def print_ir(self, stage: str, entry: str = "") -> str:
        """The module's text after a stage."""

    def extra(self, key: str) -> str:
        """A string saved with the program, or nothing."""

    def set_extra(self, key: str, value: str) -> None:
        """Sets one of them."""

    def save(self, path: str, targets: Sequence[str]) -> None:
        """Writes a bundle, for further targets as well."""

    def peak_bytes(self, entry: str, batch: int) -> int:
        """State, arena and, on a device, slots of an entry."""

    def share_output(self, entry: str, batch: int, index: int) -> tuple[int, int, int, object]:
        """Where an output of the last run lies: address, DLPack's device type and index, and what keeps it alive."""

    def share_state(self, name: str) -> tuple[int, int, int, object]:
        """Where a state array lies."""

    def read_output(self, entry: str, batch: int, index: int) -> np.ndarray:
        """A copy of an output of the last run."""

    def take_warnings(self) -> str:
        """Warnings since the last call, one a line."""

    def compile_report(self) -> str:
        """Seconds by stage and entry, as lines."""

    def allocated_bytes(self) -> int:
        """What the runtime has allocated."""

    def options(self) -> str:
        """The options that it was made with, as JSON."""

    def main_entry(self) -> str:
        """``"step"``, or ``"gradients"`` without an optimizer."""

    def batch(self) -> int:
        """Rows of the model's inputs."""


def create(text: str, file_name: str, options: Mapping[str, Any]) -> Session:
    """Compiles the main entry of a model; the others compile on first use."""
    from . import _auxact

    session: Session = _auxact.create(text, file_name, json.dumps(options))
    return session


def host_view(pointer: int, dtype: str, shape: tuple[int, ...], owner: object) -> np.ndarray:
    """A read-only array over memory of the host."""
    from . import _auxact

    view: np.ndarray = _auxact.host_view(pointer, dtype, shape, owner)
    view.flags.writeable = False
    return view


def find_layers(text: str, file_name: str) -> list[str]:
    """Names of a model's layers with weights, in order."""
    from . import _auxact

    names: list[str] = _auxact.find_layers(text, file_name)
    return names


def residual_groups(text: str, file_name: str, strides: Sequence[int], downsample: str) -> list[tuple[str, str, str]]:
    """Of every layer with weights: its name, the layer whose input it takes as its group's tensor or nothing, and why."""
    from . import _auxact

    found: list[tuple[str, str, str]] = _auxact.residual_groups(text, file_name, list(strides), downsample)
    return found


def sign_levels(text: str, file_name: str) -> list[tuple[str, int, str]]:
    """Of every layer with weights: its name, its level of sign activation or 0, and why."""
    from . import _auxact

    found: list[tuple[str, int, str]] = _auxact.sign_levels(text, file_name)
    return found


def load(path: str | os.PathLike[str], threads: int, target: str, device: int) -> Session:
    """Opens a bundle."""
    from . import _auxact

    session: Session = _auxact.load(os.fspath(path), threads, target, device)
    return session
