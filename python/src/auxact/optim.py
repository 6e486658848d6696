# optim.py - descriptions of optimizers
#
# The compiler appends the update to the step; these classes only say which one, with which constants.
"""Optimizers: names, defaults and formulas as in ``torch.optim``.

The learning rate is a scalar of each step, so changing it recompiles nothing; every other number is a
constant of the program.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import ClassVar

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]


@dataclass(frozen=True)
class Optimizer:
    """Base of the optimizer descriptions.

    Args:
        lr: learning rate of the first step; ``Program.lr`` and ``step(lr=…)`` change it later. Any finite
            number ≥ 0.
        clip_grad_norm: largest 2-norm of all gradients together; ``None`` clips nothing. Scale ``min(1, c /
            (norm + 1e-6))``, as in torch. With ``accumulate`` it is the mean gradient that is clipped.
        ema_decay: keeps a running average of every parameter, ``average = ema_decay·average +
            (1 - ema_decay)·parameter`` after each step, from the parameters' first values on;
            ``evaluate(average=True)`` and ``predict(average=True)`` read it. In (0, 1); ``None`` keeps none.
        accumulate: keeps a sum of gradients, so that ``Program.accumulate`` can add micro-batches to the next
            step. It costs one more array a parameter.
    """

    kind: ClassVar[str] = ""

    lr: float = 0.01
    clip_grad_norm: float | None = None
    ema_decay: float | None = None
    accumulate: bool = False

    def __post_init__(self) -> None:
        _check("lr", self.lr, self.lr >= 0.0, "≥ 0")
        if self.clip_grad_norm is not None:
            _check("clip_grad_norm", self.clip_grad_norm, self.clip_grad_norm > 0.0, "> 0")
        if self.ema_decay is not None:
            _check("ema_decay", self.ema_decay, 0.0 < self.ema_decay < 1.0, "in (0, 1)")

    def options(self) -> dict[str, object]:
        """The description as the compiler's options: ``{"optimizer": "sgd", "momentum": …}``; the learning rate is
        not among them."""
        values = {key: value for key, value in asdict(self).items() if key != "lr" and value is not None}
        if not self.accumulate:
            values.pop("accumulate")
        return {"optimizer": self.kind, **values}


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent: ``g += weight_decay·p; v = momentum·v + g; p -= lr·v`` (Nesterov: ``p -=
    lr·(g + momentum·v)``).

    Args:
        momentum: in [0, 1); 0 keeps no state.
        nesterov: needs a momentum.
        weight_decay: ≥ 0, added to the gradient (L2), biases included, as torch does.

    Raises:
        ValueError: a number is out of its range.
    """

    kind: ClassVar[str] = "sgd"

    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check("momentum", self.momentum, 0.0 <= self.momentum < 1.0, "in [0, 1)")
        _check("weight_decay", self.weight_decay, self.weight_decay >= 0.0, "≥ 0")
        if self.nesterov and self.momentum == 0.0:
            raise ValueError("nesterov needs a momentum > 0")


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam, bias-corrected by the step number: ``p -= lr · m̂ / (√v̂ + eps)`` with the running means ``m`` and ``v``
    of gradient and squared gradient.

    Args:
        betas: decay of the two means, each in [0, 1).
        eps: > 0, outside the root.
        weight_decay: ≥ 0, times the parameter added to the gradient (L2).

    Raises:
        ValueError: a number is out of its range.
    """

    kind: ClassVar[str] = "adam"

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.betas) != 2:
            raise ValueError(f"betas: expected two numbers, got {self.betas!r}")
        for beta in self.betas:
            _check("betas", beta, 0.0 <= beta < 1.0, "in [0, 1)")
        _check("eps", self.eps, self.eps > 0.0, "> 0")
        _check("weight_decay", self.weight_decay, self.weight_decay >= 0.0, "≥ 0")

    def options(self) -> dict[str, object]:
        values = super().options()
        values.pop("betas")
        return {**values, "beta1": self.betas[0], "beta2": self.betas[1]}


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay: ``p *= 1 - lr·weight_decay`` before Adam's update.

    Args and errors as in :class:`Adam`; ``weight_decay`` takes a share off the parameter itself.
    """

    kind: ClassVar[str] = "adamw"

    weight_decay: float = 0.01


def _check(name: str, value: float, ok: bool, expected: str) -> None:
    if not (ok and math.isfinite(value)):
        raise ValueError(f"{name}: expected a finite number {expected}, got {value!r}")
