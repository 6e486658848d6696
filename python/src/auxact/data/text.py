# text.py - tables of labelled sentences, parallel text, padding
"""Readers of text, gzipped or not."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ..errors import DataError
from ._files import read_text

__all__ = ["pad", "read_lines", "read_parallel", "read_table"]


def read_table(path: str | os.PathLike[str], *, text: str | None = None, label: str = "label", classes: int | None = None) -> tuple[list[str], np.ndarray]:
    """Sentences and labels (rows,), int32, of a file with a header and tabs between its columns.

    Args:
        text: the column's name in the header; ``None``: the one beside the label.
        label: as ``text``.
        classes: labels are in [0, classes); ``None``: any integers ≥ 0.

    Raises:
        DataError: a column is missing, or a line has another number of columns or a wrong label.
    """
    lines = read_text(path)
    header = lines[0].split("\t") if lines else []
    if text is None and len(header) == 2 and label in header:
        text = header[1 - header.index(label)]
    for name in (label, text or "sentence"):
        if name not in header:
            raise DataError(path, f"no column '{name}' in its header ({', '.join(header) or 'which is missing'})")
    at_text, at_label = header.index(text or "sentence"), header.index(label)
    sentences, labels = [], []
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != len(header):
            raise DataError(path, f"line {number} has {len(cells)} columns, the header {len(header)}")
        value = cells[at_label]
        if not (value.isascii() and value.isdigit()) or (classes is not None and int(value) >= classes):
            expected = f"0 to {classes - 1}" if classes is not None else "an integer ≥ 0"
            raise DataError(path, f"line {number} has the label '{value}'; expected {expected}")
        sentences.append(cells[at_text])
        labels.append(int(value))
    if not sentences:
        raise DataError(path, "no line after its header")
    return sentences, np.array(labels, np.int32)


def read_lines(path: str | os.PathLike[str]) -> list[str]:
    """The lines of a text file.

    Raises:
        DataError: it cannot be read, is damaged, empty, or no UTF-8.
    """
    lines = read_text(path)
    if not lines:
        raise DataError(path, "an empty file")
    return lines


def read_parallel(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> tuple[list[str], list[str]]:
    """Sentences and their translations, line by line.

    Raises:
        DataError: a file cannot be read, or they have different numbers of lines.
    """
    left, right = read_lines(source), read_lines(target)
    if len(left) != len(right):
        raise DataError(target, f"{len(right)} lines, but {os.fspath(source)} has {len(left)}")
    return left, right


def pad(sequences: Sequence[Sequence[int]], length: int, value: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Token ids (rows, length), int32, filled up with ``value``, and the lengths (rows,), int32; longer ones are cut."""
    ids = np.full((len(sequences), length), value, np.int32)
    lengths = np.array([min(len(sequence), length) for sequence in sequences], np.int32)
    for row, sequence in enumerate(sequences):
        ids[row, : lengths[row]] = sequence[:length]
    return ids, lengths
