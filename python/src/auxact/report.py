# report.py - what a plan says about memory
#
# All numbers come from the plan, which the compiler made before anything ran; nothing here is measured.
"""Memory reports; every size is in bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Buffer", "LayerMemory", "MemoryReport"]


@dataclass(frozen=True)
class LayerMemory:
    """What one layer keeps from forward to backward.

    Attributes:
        name: the layer.
        rule: its rule, or the operation for a layer without weights.
        saved_bytes: bytes kept, padding and scales included; 0 where an earlier layer keeps the value.
        exact_bytes: bytes that exact backpropagation would keep of the same value.
        shared_with: the layer whose row has the bytes of a shared value, or "".
    """

    name: str
    rule: str
    saved_bytes: int
    exact_bytes: int
    shared_with: str = ""


@dataclass(frozen=True)
class Buffer:
    """One range of the arena, alive from launch ``first`` to launch ``last``, both included.

    Attributes:
        kind: saved, temporary, gradient, input, output, workspace or scalar.
        offset: start in the arena.
    """

    name: str
    kind: str
    bytes: int
    offset: int
    first: int
    last: int


@dataclass(frozen=True)
class MemoryReport:
    """Memory of one entry at one batch size, known before it runs. ``str()`` is a table.

    Attributes:
        saved_bytes: bytes that the forward pass keeps for the backward pass, each value once; inputs and
            parameters are not among them.
        peak_bytes: everything at once: state (parameters, optimizer, rules), arena, and on a GPU the slots that the next
            batch is copied to while a step runs; what the runtime allocates.
        arena_bytes: the arena alone: saved values, gradients, temporaries, workspaces, staged inputs.
        state_bytes: parameters, buffers, optimizer's and rules' state.
        lower_bound_bytes: no arena can be smaller in the chosen order.
        by_layer: rows that sum to ``saved_bytes``.
        timeline: the arena's ranges.
    """

    entry: str
    batch: int
    saved_bytes: int
    peak_bytes: int
    arena_bytes: int
    state_bytes: int
    lower_bound_bytes: int
    by_layer: tuple[LayerMemory, ...]
    timeline: tuple[Buffer, ...]

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any], state_bytes: int, peak_bytes: int | None = None) -> MemoryReport:
        """The report of an entry's spec (see the runtime's JSON); the peak is that of a host's program, if not given."""
        rows = tuple(
            LayerMemory(
                row["layer"],
                row["rule"],
                int(row["saved_bytes"]),
                int(row["exact_bytes"]),
                row.get("shared_with", ""),
            )
            for row in spec["saved"]
        )
        buffers = tuple(
            Buffer(
                row["name"],
                row["kind"],
                int(row["bytes"]),
                int(row["offset"]),
                int(row["first"]),
                int(row["last"]),
            )
            for row in spec["buffers"]
        )
        arena = int(spec["arena_bytes"])
        return cls(
            entry=spec["name"],
            batch=int(spec["batch"]),
            saved_bytes=sum(row.saved_bytes for row in rows),
            peak_bytes=state_bytes + arena if peak_bytes is None else peak_bytes,
            arena_bytes=arena,
            state_bytes=state_bytes,
            lower_bound_bytes=int(spec["lower_bound_bytes"]),
            by_layer=rows,
            timeline=buffers,
        )

    def live_bytes(self) -> list[int]:
        """Bytes of the arena alive at each launch, state not included."""
        if not self.timeline:
            return []
        change = [0] * (max(buffer.last for buffer in self.timeline) + 2)
        for buffer in self.timeline:
            change[max(buffer.first, 0)] += buffer.bytes
            change[buffer.last + 1] -= buffer.bytes
        live, total = [], 0
        for delta in change[:-1]:
            total += delta
            live.append(total)
        return live

    def __str__(self) -> str:
        rows = [("layer", "rule", "saved", "exact", "")]
        for row in self.by_layer:
            note = f"kept by {row.shared_with}" if row.shared_with else ""
            rows.append((row.name, row.rule, format_bytes(row.saved_bytes), format_bytes(row.exact_bytes), note))
        exact = sum(row.exact_bytes for row in self.by_layer)
        rows.append(("sum", "", format_bytes(self.saved_bytes), format_bytes(exact), ""))
        slots = self.peak_bytes - self.state_bytes - self.arena_bytes
        gap = self.arena_bytes / self.lower_bound_bytes - 1 if self.lower_bound_bytes else 0.0
        return "\n".join(
            [
                f"memory of '{self.entry}', batch {self.batch}",
                table(rows),
                f"state {format_bytes(self.state_bytes)} + arena {format_bytes(self.arena_bytes)}"
                + (f" + next batch {format_bytes(slots)}" if slots else "")
                + f" = peak {format_bytes(self.peak_bytes)}"
                f" (arena's lower bound {format_bytes(self.lower_bound_bytes)}, gap {gap:.1%})",
            ]
        )


def format_bytes(size: int) -> str:
    """``1536`` as ``1.5 KiB``; below 1 KiB exact."""
    if size < 1024:
        return f"{size} B"
    value = float(size)
    for unit in ("KiB", "MiB", "GiB"):
        value /= 1024
        if value < 1024 or unit == "GiB":
            break
    return f"{value:.1f} {unit}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns under a ruled first row: text to the left, what starts with a digit to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    numeric = [any(row[column][:1].isdigit() for row in rows[1:]) for column in range(len(rows[0]))]
    lines = []
    for index, row in enumerate(rows):
        cells = [
            cell.rjust(width) if right and column else cell.ljust(width) for column, (cell, width, right) in enumerate(zip(row, widths, numeric, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
        if index == 0:
            lines.append("  ".join("-" * width for width in widths).rstrip())
    return "\n".join(lines)
