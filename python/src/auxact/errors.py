# errors.py - the exceptions that auxact raises
#
# One class a cause, so that a caller can react to the cause; each also derives from the built-in exception
# that Python programmers expect.
"""Exceptions of the package. Every one derives from :class:`AuxActError`."""

from __future__ import annotations

import os

__all__ = [
    "AuxActError",
    "BundleError",
    "CacheWarning",
    "CheckpointWarning",
    "CompileError",
    "CopyWarning",
    "DTypeError",
    "DataError",
    "DeviceError",
    "InputError",
    "NanLossError",
    "ShapeError",
    "TargetError",
]


class AuxActError(Exception):
    """Base of every error that the package raises on purpose."""


class CompileError(AuxActError):
    """The compiler refused a model, a rule or an option.

    Attributes:
        message: what is wrong, with the expected and the actual.
        location: ``"file.mlir:3:7"``, or a layer such as ``"0.Linear"`` for a traced model; empty when there
            is none.
        notes: further diagnostics, each with its own location.
    """

    def __init__(self, message: str, location: str = "", notes: tuple[str, ...] = ()) -> None:
        self.message = message
        self.location = location
        self.notes = tuple(notes)
        text = f"{location}: {message}" if location else message
        super().__init__("\n".join([text, *(f"  note: {note}" for note in self.notes)]))

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.message, self.location, self.notes)


class TargetError(CompileError, RuntimeError):
    """The target does not exist or this machine cannot run it (no CUDA driver, say)."""


class InputError(AuxActError, ValueError):
    """An array given to an entry does not fit it; the program's state is as before the call."""


class ShapeError(InputError):
    """An array has the wrong shape."""


class DTypeError(InputError, TypeError):
    """An array has the wrong element type. auxact converts nothing silently but integer labels."""


class DeviceError(InputError):
    """An array lives on a device that the program does not run on."""


class NanLossError(AuxActError, ArithmeticError):
    """A step's loss was not finite and ``stop_on_nan`` was set; the step was undone.

    Attributes:
        step: number of the step, from 1, as the optimizer counts it.
        loss: the loss found.
    """

    def __init__(self, step: int, loss: float) -> None:
        self.step = step
        self.loss = loss
        super().__init__(f"the loss of step {step} is {loss}; the step was undone, the state is that of step {step - 1}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.step, self.loss)


class BundleError(AuxActError, OSError):
    """A bundle cannot be written or read: truncated, foreign, or of a later version."""


class DataError(AuxActError, ValueError):
    """A file of a data set is missing, damaged, or holds something else than it should.

    Attributes:
        path: the file or folder.
        message: what is wrong with it.
    """

    def __init__(self, path: str | os.PathLike[str], message: str) -> None:
        self.path = os.fspath(path)
        self.message = message
        super().__init__(f"{self.path}: {message}")

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (self.path, self.message)


class CheckpointWarning(UserWarning):
    """A checkpoint could not be written (a full disk, say): the one before it is still there, and training goes on."""


class CacheWarning(UserWarning):
    """The kernel cache's folder is full or read-only: programs are right, and each process compiles anew."""


class CopyWarning(UserWarning):
    """An array was copied because it was not contiguous; the result is right, the call is slower."""
