# _diagnostics.py - texts of the compiled half as exceptions
#
# The compiler reports lines `file:line:column: error: layer 'name': message`, the runtime plain sentences. The extension module calls `error` with either.
"""From diagnostics to exceptions."""

from __future__ import annotations

import math
import re

from .errors import AuxActError, BundleError, CompileError, InputError, NanLossError, TargetError

__all__ = ["error"]

_LINE = re.compile(r"^(?:(?P<location>.*?): )?(?P<kind>error|warning|note|remark): (?:layer '(?P<layer>[^']*)': )?(?P<message>.*)$")
_LOSS = re.compile(r"^the loss is (?P<loss>NaN|infinite|minus infinity) at step (?P<step>\d+)")
# What the runtime says of a driver, a device, or a program that does not fit it.
_DEVICE = re.compile(r"\bCUDA\b|^cuda device \d|compiled for 'cuda:|^the target 'cuda:")
_VALUES = {"NaN": math.nan, "infinite": math.inf, "minus infinity": -math.inf}


def error(kind: str, text: str) -> AuxActError:
    """The exception for a failure.

    Args:
        kind: ``"compile"``, ``"bundle"`` or ``"run"``: what was being done.
        text: all that was said, one diagnostic a line; further lines belong to the one before.
    """
    text = text.strip()
    if kind == "bundle":
        return BundleError(text)
    if kind == "run":
        stopped = _LOSS.match(text)
        if stopped:
            return NanLossError(int(stopped["step"]), _VALUES[stopped["loss"]])
        return TargetError(text) if _DEVICE.search(text) else InputError(text)
    errors: list[tuple[str, str]] = []
    notes: list[str] = []
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            # Source lines and carets under a diagnostic say nothing that the location does not.
            continue
        location = found["location"] or found["layer"] or ""
        if found["kind"] == "error":
            errors.append((location, found["message"]))
        elif found["kind"] == "note" and not found["message"].startswith("see current operation"):
            notes.append(f"{location}: {found['message']}" if location else found["message"])
    if not errors:
        errors = [("", text)]
    location, message = errors[0]
    notes = [*(f"{where}: {what}" if where else what for where, what in errors[1:]), *notes]
    made = TargetError if re.match(r"target\b|unknown (GPU )?target", message) else CompileError
    return made(message, location, tuple(notes))
