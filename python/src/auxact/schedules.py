# schedules.py - learning rates by step
"""Schedules: callables from the number of a step (from 0) to its learning rate.

They hold no state, so a run that is resumed goes on with the same rates. Any function of a step will do where
one is expected::

    aa.fit(prog, loader, 10, schedule=aa.schedules.Warmup(aa.schedules.Cosine(0.1, 3900), 100))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["Chain", "Constant", "Cosine", "InverseSqrt", "Linear", "Schedule", "Steps", "Warmup"]

Schedule = Callable[[int], float]


@dataclass(frozen=True)
class Constant:
    """``lr`` at every step."""

    lr: float

    def __call__(self, step: int) -> float:
        return self.lr


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from ``lr`` at step 0 to ``final`` at step ``steps``, where it stays."""

    lr: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        _positive("Cosine", "steps", self.steps)

    def __call__(self, step: int) -> float:
        done = min(step / self.steps, 1.0)
        return self.final + 0.5 * (self.lr - self.final) * (1.0 + math.cos(math.pi * done))


@dataclass(frozen=True)
class Linear:
    """A straight line from ``lr`` at step 0 to ``final`` at step ``steps``, where it stays."""

    lr: float
    steps: int
    final: float = 0.0

    def __post_init__(self) -> None:
        _positive("Linear", "steps", self.steps)

    def __call__(self, step: int) -> float:
        return self.lr + (self.final - self.lr) * min(step / self.steps, 1.0)


@dataclass(frozen=True)
class Steps:
    """``lr``, times ``factor`` at each of the steps ``at``."""

    lr: float
    at: Sequence[int]
    factor: float = 0.1

    def __call__(self, step: int) -> float:
        return self.lr * self.factor ** sum(step >= mark for mark in self.at)


@dataclass(frozen=True)
class InverseSqrt:
    """Rises in a line to ``lr`` over ``warmup`` steps, then falls with the root of the step: ``lr·√(warmup / step)``.

    The Transformer's schedule of width d has ``lr = (d·warmup)^-0.5``.
    """

    lr: float
    warmup: int

    def __post_init__(self) -> None:
        _positive("InverseSqrt", "warmup", self.warmup)

    def __call__(self, step: int) -> float:
        count = step + 1
        return self.lr * min(count / self.warmup, math.sqrt(self.warmup / count))


@dataclass(frozen=True)
class Warmup:
    """A line from ``start`` to the first rate of ``then`` over ``steps`` steps; after them ``then``, from its step 0."""

    then: Schedule
    steps: int
    start: float = 0.0

    def __post_init__(self) -> None:
        _positive("Warmup", "steps", self.steps)

    def __call__(self, step: int) -> float:
        if step >= self.steps:
            return self.then(step - self.steps)
        return self.start + (self.then(0) - self.start) * (step + 1) / self.steps


class Chain:
    """Schedules one after the other.

    Args:
        parts: pairs of a schedule and its number of steps, each counted from its own step 0; the last one goes on.
    """

    def __init__(self, *parts: tuple[Schedule, int]) -> None:
        if not parts:
            raise ValueError("Chain: expected at least one schedule")
        for _, steps in parts:
            _positive("Chain", "steps", steps)
        self.parts = parts

    def __call__(self, step: int) -> float:
        for schedule, steps in self.parts[:-1]:
            if step < steps:
                return schedule(step)
            step -= steps
        return self.parts[-1][0](step)


def _positive(where: str, name: str, value: int) -> None:
    if value < 1:
        raise ValueError(f"{where}: expected {name} of at least 1, got {value}")
