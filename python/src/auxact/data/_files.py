# _files.py - reading files whole, compressed or not
"""What every reader does first."""

from __future__ import annotations

import gzip
import os
import zlib
from pathlib import Path

from ..errors import DataError

__all__ = ["read_bytes", "read_text"]


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The contents of a file; of a gzipped one (by its first bytes, not its name) what was compressed.

    Raises:
        DataError: it cannot be read, or is cut short.
    """
    try:
        raw = Path(path).read_bytes()
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(path, f"a damaged or truncated gzip file ({error})") from error
    except OSError as error:
        raise DataError(path, f"cannot be read ({error.strerror or error})") from error


def read_text(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a UTF-8 file, without their ends.

    Raises:
        DataError: as :func:`read_bytes`, or it is no UTF-8.
    """
    raw = read_bytes(path)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DataError(path, f"line {line} is not UTF-8 ({error.reason})") from error
    # Not splitlines(): a sentence may hold one of Unicode's other line ends.
    lines = text.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
