# rules.py - descriptions of learning rules and their text form
#
# A rule says what a layer keeps for its weight gradient. The compiler owns the meaning; here are names,
# ranges and the pattern = attribute text.
"""Learning rules of layers with weights (Woo and Jeon, ICLR 2023).

A program takes either one rule, for every layer, or a list of ``(name pattern, rule)`` pairs in which the
first match wins; patterns are globs over layer names (``"1.*"``, ``"*"``), and one that gets no layer is an error,
but for ``"*"``. :func:`ara` stands in such a list
by itself, for it speaks of several layers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import CompileError

__all__ = ["Ara", "Rule", "Rules", "ara", "asa", "center", "exact", "recompute", "residual", "sign", "text"]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        attribute: the rule as the compiler reads it, e.g. ``"#auxact.sign<epsilon = 0.01, gain = 100.0>"``.
    """

    attribute: str

    def __str__(self) -> str:
        return self.attribute


@dataclass(frozen=True)
class Ara:
    """Auxiliary residual activation over groups of blocks, before the layers' names are known; made by
    :func:`ara`.

    Attributes:
        groups: block names, in the order in which the network runs them.
    """

    groups: tuple[tuple[str, ...], ...]

    def pairs(self, layers: Sequence[str]) -> list[tuple[str, Rule]]:
        """Rules of the later blocks' first linear layers.

        Args:
            layers: names of the model's layers with weights, in order.

        Raises:
            CompileError: a block has no layer with weights, or two groups share a block.
        """
        result: list[tuple[str, Rule]] = []
        seen: set[str] = set()
        for group in self.groups:
            firsts = []
            for block in group:
                if block in seen:
                    raise CompileError(f"ara: block '{block}' is named twice")
                seen.add(block)
                inside = [name for name in layers if name == block or name.startswith(block + ".")]
                if not inside:
                    raise CompileError(f"ara: no layer with weights in block '{block}'; layers are {_listing(layers)}")
                firsts.append(inside[0])
            result.extend((name, residual(firsts[0])) for name in firsts[1:])
        return result


Rules = Rule | Ara | Sequence[Ara | tuple[str, Rule]]


def exact() -> Rule:
    """Backpropagation: the layer keeps its input; gradient ``δᵀx``."""
    return Rule("#auxact.exact")


def sign(epsilon: float = 0.01, gain: float | Literal["mean-abs"] = 100.0, nonnegative: bool = False) -> Rule:
    """One bit an element: the layer sees ``x + ε·s(x)``, keeps ``s``, and its weight gradient is
    ``gain·ε·δᵀs``.

    Args:
        epsilon: ε > 0, in units of the activation.
        gain: a positive number (the paper's 100 makes gain·ε = 1 at ε = 0.01), or ``"mean-abs"``: gain·ε =
            mean of ``|x|``.
        nonnegative: ``s`` is 1 where x > 0 and 0 elsewhere instead of ±1; legal only where the input is
            proved non-negative.

    Raises:
        ValueError: a number is out of its range.
    """
    _positive("epsilon", epsilon)
    if isinstance(gain, str):
        if gain != "mean-abs":
            raise ValueError(f"gain: expected a positive number or 'mean-abs', got {gain!r}")
        spelled = "mean_abs"
    else:
        _positive("gain", gain)
        spelled = _number(gain)
    flag = ", nonnegative" if nonnegative else ""
    return Rule(f"#auxact.sign<epsilon = {_number(epsilon)}, gain = {spelled}{flag}>")


def asa(epsilon: float = 0.01, gain: float | Literal["mean-abs"] = 100.0, nonnegative: bool = False) -> Rule:
    """Auxiliary sign activation, the paper's name for :func:`sign`."""
    return sign(epsilon, gain, nonnegative)


def center(scale: Literal["ratio", "least-squares"] = "ratio") -> Rule:
    """One bit an element of ``x - μ``, with μ each feature's mean over the batch before; the layer sees ``x``
    unchanged.

    Args:
        scale: length ``c`` of a bit: ``"ratio"`` is Σ(x-μ)² / Σ|x-μ| (right step length), ``"least-squares"``
            is mean |x-μ|.

    Raises:
        ValueError: an unknown scale.
    """
    if scale not in ("ratio", "least-squares"):
        raise ValueError(f"scale: expected 'ratio' or 'least-squares', got {scale!r}")
    return Rule(f"#auxact.sign<center, scale = {scale.replace('-', '_')}>")


def residual(source: str) -> Rule:
    """The layer keeps nothing of its own: its weight gradient is ``δᵀt`` with ``t`` the activation that layer
    ``source`` reads.

    Args:
        source: name of an earlier layer with weights whose input has this layer's input's shape.
    """
    return Rule(f'#auxact.residual<from = "{source}">')


def recompute() -> Rule:
    """Exact, keeping nothing of its own: the input is computed again through cheap operations from the
    nearest kept value."""
    return Rule("#auxact.recompute")


def ara(groups: Iterable[Iterable[str]]) -> Ara:
    """Auxiliary residual activation: in each group the first block trains exactly, the others' first linear
    uses the group's tensor.

    Args:
        groups: block names, e.g. ``[["1", "2", "3", "4"]]``; every other layer is exact.

    Raises:
        ValueError: an empty group, or a string where a list of names is expected.
    """
    result = []
    for group in groups:
        if isinstance(group, str):
            raise ValueError(f"groups: expected lists of block names, got the string {group!r}")
        result.append(tuple(group))
        if not result[-1]:
            raise ValueError("groups: a group is empty")
    return Ara(tuple(result))


def text(rules: Rules | None, layers: Sequence[str]) -> str:
    """The rules file for a model: one ``pattern = attribute`` a line, first match wins.

    Args:
        rules: one rule, an :func:`ara`, a list, or ``None`` for exact everywhere.
        layers: names of the model's layers with weights, in order.

    Raises:
        CompileError: a block of an :func:`ara` holds no layer.
        TypeError: something that is no rule.
    """
    if rules is None:
        rules = exact()
    if isinstance(rules, Rule):
        rules = [("*", rules)]
    elif isinstance(rules, Ara):
        rules = [rules]
    elif isinstance(rules, str) or not isinstance(rules, Sequence):
        raise TypeError(f"rules: expected a rule, ara(…) or a list of (pattern, rule), got {rules!r}")
    pairs: list[tuple[str, Rule]] = []
    ends_in_ara = False
    for item in rules:
        ends_in_ara = isinstance(item, Ara)
        if isinstance(item, Ara):
            pairs.extend(item.pairs(layers))
        elif isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], Rule):
            pattern, rule = item
            if not pattern.strip() or "\n" in pattern or "=" in pattern:
                raise ValueError(f"rules: {pattern!r} is not a layer name pattern")
            pairs.append((pattern.strip(), rule))
        else:
            raise TypeError(f"rules: expected a (pattern, rule) pair or ara(…), got {item!r}")
    # An ARA says of every layer that it does not name that it stays exact.
    if ends_in_ara:
        pairs.append(("*", exact()))
    return "".join(f"{pattern} = {rule.attribute}\n" for pattern, rule in pairs)


def _positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0.0):
        raise ValueError(f"{name}: expected a finite number > 0, got {value!r}")


def _number(value: float) -> str:
    """A float literal that MLIR parses: digits, a point, digits, perhaps an exponent."""
    spelled = repr(float(value))
    if "e" in spelled:
        mantissa, exponent = spelled.split("e")
        return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{exponent}"
    return spelled


def _listing(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "none"
