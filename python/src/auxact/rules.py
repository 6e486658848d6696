# rules.py - descriptions of learning rules and their text form
#
# A rule says what a layer keeps for its weight gradient. The compiler owns the meaning; here are names,
# ranges and the pattern = attribute text.
"""Learning rules of layers with weights (Woo and Jeon, ICLR 2023).

A program takes either one rule, for every layer, or a list of ``(name pattern, rule)`` pairs in which the
first match wins; patterns are globs over layer names (``"1.*"``, ``"*"``), and one that gets no layer is an error,
but for ``"*"``. :func:`ara`, and :func:`asa` with a level, stand in such a list
by themselves, for they speak of several layers.

Three kinds of pairs stand in the same list and do not compete: rules are for layers with weights,
:func:`saved` and :func:`derivative_table` say how other layers (GELU, norms, softmax) keep what their backward
reads, and :func:`checkpoint` names blocks of which only the input is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, overload

from ._structure import Groups, Level, Network
from .errors import CompileError

__all__ = [
    "Ara",
    "Rule",
    "Rules",
    "ara",
    "asa",
    "average",
    "center",
    "checkpoint",
    "derivative_table",
    "exact",
    "quantized",
    "recompute",
    "residual",
    "saved",
    "sign",
    "text",
]


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        attribute: the rule as the compiler reads it, e.g. ``"#auxact.sign<epsilon = 0.01, gain = 100.0>"``.
        form: whether it is no rule of layers with weights, but says how others keep what they read, or
            names blocks.
    """

    attribute: str
    form: bool = False

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


Rules = Rule | Ara | Groups | Level | Sequence[Ara | Groups | Level | tuple[str, Rule]]


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


@overload
def asa(epsilon: float = ..., gain: float | Literal["mean-abs"] = ..., nonnegative: bool = ..., *, level: None = ..., rule: None = ...) -> Rule: ...


@overload
def asa(epsilon: float = ..., gain: float | Literal["mean-abs"] = ..., nonnegative: bool = ..., *, level: int, rule: Rule | None = ...) -> Level: ...


def asa(
    epsilon: float = 0.01,
    gain: float | Literal["mean-abs"] = 100.0,
    nonnegative: bool = False,
    *,
    level: int | None = None,
    rule: Rule | None = None,
) -> Rule | Level:
    """Auxiliary sign activation, the paper's name for :func:`sign`.

    Args:
        epsilon, gain, nonnegative: as in :func:`sign`.
        level: ``None``: a rule for whatever layers it is given to. 1 to 4: for these, found by the network's structure, and
            those of lower levels: 1 the second feed-forward layers, 2 the first ones, 3 the output projections of attention,
            4 the query, key and value projections; where there is no attention, in mixers, 3 and 4 are the second and
            the first layers of token mixing. Every other layer is exact, or has the rule of a later pattern.
        rule: another rule for the layers of a level, e.g. ``center()``; ``None``: the sign.

    Raises:
        ValueError: a number is out of its range, or a rule without a level.
    """
    if level is None:
        if rule is not None:
            raise ValueError("asa: a rule goes with a level; without one, give the rule itself to the layers")
        return sign(epsilon, gain, nonnegative)
    if level not in (1, 2, 3, 4):
        raise ValueError(f"asa: expected a level from 1 to 4, got {level!r}")
    return Level(int(level), (sign(epsilon, gain, nonnegative) if rule is None else rule).attribute)


def center(scale: Literal["ratio", "least-squares"] = "ratio", rotate: int | None = None) -> Rule:
    """One bit an element of ``x - μ``, with μ each feature's mean over the batch before; the layer sees ``x``
    unchanged.

    Args:
        scale: length ``c`` of a bit: ``"ratio"`` is Σ(x-μ)² / Σ|x-μ| (right step length), ``"least-squares"``
            is mean |x-μ|.
        rotate: 16 or 32: the bits are those of ``x - μ`` rotated in blocks of so many features (a fixed diagonal
            of signs, then a Hadamard matrix), and each row has a length of its own, ``‖z‖²/‖z‖₁``.

    Raises:
        ValueError: an unknown scale, a block of another size, or a scale beside a rotation.
    """
    if rotate is not None:
        _block(rotate)
        if scale != "ratio":
            raise ValueError(f"scale: expected 'ratio' beside rotate, for each row has its own, got {scale!r}")
        return Rule(f"#auxact.sign<center, rotate = {rotate}>")
    if scale not in ("ratio", "least-squares"):
        raise ValueError(f"scale: expected 'ratio' or 'least-squares', got {scale!r}")
    return Rule(f"#auxact.sign<center, scale = {scale.replace('-', '_')}>")


def residual(source: str, fit: bool = False) -> Rule:
    """The layer keeps nothing of its own: its weight gradient is ``δᵀt`` with ``t`` the activation that layer
    ``source`` reads.

    Args:
        source: name of an earlier layer with weights whose input has this layer's input's shape.
        fit: take ``a·t + b`` for ``t``, fitted to the layer's input by least squares over the batch, one ``a`` and
            one ``b`` a feature, which are kept.
    """
    return Rule(f'#auxact.residual<from = "{source}"{", fit" if fit else ""}>')


def quantized(bits: int, stochastic: bool = False, group: int = 256, rotate: int | None = None) -> Rule:
    """A few bits an element: in each group of consecutive elements of a row its least value, a scale and a number
    from 0 to ``2**bits - 1`` for each element (ActNN, Mesa). The layer sees ``x`` unchanged.

    Args:
        bits: 8, 4 or 2.
        stochastic: round up or down at random, so that the error is zero on average, in place of to the nearest.
        group: elements of a group; the last one of a row may be short.
        rotate: 16 or 32, with 2 bits: four levels of a Gaussian of ``x - μ`` rotated as in :func:`center`, and one
            scale a row.

    Raises:
        ValueError: a number is out of its range, or a rotation beside other options.
    """
    _bits(bits)
    if rotate is not None:
        _block(rotate)
        if bits != 2 or stochastic or group != 256:
            raise ValueError("rotate: expected 2 bits and no other option beside it")
        return Rule(f"#auxact.quantized<2, rotate = {rotate}>")
    return Rule(f"#auxact.quantized<{bits}{_group(group)}{', stochastic' if stochastic else ''}>")


def average(bits: int, group: int = 256) -> Rule:
    """The mean of four consecutive elements of a row stands for each of them, quantised as by :func:`quantized`
    (ALAM). The layer sees ``x`` unchanged.

    Args:
        bits: 8, 4 or 2, for four elements.
        group: means of a group.

    Raises:
        ValueError: a number is out of its range.
    """
    _bits(bits)
    return Rule(f"#auxact.average<{bits}{_group(group)}>")


def saved(form: Rule) -> Rule:
    """How a layer without weights (GELU, a norm, softmax) keeps what its backward reads; its pattern is one of
    names of such layers. Unlike a rule it changes the gradients that go on to the layers before.

    Args:
        form: a :func:`quantized` without a rotation.

    Raises:
        ValueError: a rule that is no such form.
    """
    if not form.attribute.startswith("#auxact.quantized<") or "rotate" in form.attribute:
        raise ValueError(f"form: expected quantized(…) without rotate, got {form.attribute}")
    return Rule(form.attribute, form=True)


def derivative_table(bits: int) -> Rule:
    """GELU, SiLU and the like keep the number of the interval that an element of their input is in; the backward
    multiplies by the mean derivative of that interval (few-bit, Approx-BP). The forward is exact.

    Args:
        bits: 1, 2 or 4 an element.

    Raises:
        ValueError: another number of bits.
    """
    if bits not in (1, 2, 4):
        raise ValueError(f"bits: expected 1, 2 or 4, got {bits!r}")
    return Rule(f"#auxact.derivative_table<{bits}>", form=True)


def checkpoint() -> Rule:
    """Gradient checkpointing: of a block of layers only the input is kept, and the backward computes the block
    again. Its pattern is one of module names; the outermost modules that match are the blocks."""
    return Rule("#auxact.checkpoint", form=True)


def recompute() -> Rule:
    """Exact, keeping nothing of its own: the input is computed again through cheap operations from the
    nearest kept value."""
    return Rule("#auxact.recompute")


@overload
def ara(groups: Iterable[Iterable[str]]) -> Ara: ...


@overload
def ara(*, strides: Sequence[int], downsample: Literal["auto", "first", "last"] = ...) -> Groups: ...


def ara(
    groups: Iterable[Iterable[str]] | None = None,
    *,
    strides: Sequence[int] | None = None,
    downsample: Literal["auto", "first", "last"] = "auto",
) -> Ara | Groups:
    """Auxiliary residual activation: in each group of residual blocks the first block trains exactly, the others' first
    linear, and that of their shortcut, uses the group's tensor.

    Args:
        groups: block names, e.g. ``[["1", "2", "3", "4"]]``; every other layer is exact.
        strides: instead of names, blocks of a group for each stage, e.g. ``(3, 4, 2, 2)``: the blocks are found by the
            network's structure, and :meth:`Program.rule_report` says of every layer why it can share or not.
        downsample: where a block that changes the resolution stands: ``"last"`` in its stage (the paper's networks) or
            ``"first"`` (torchvision's), where groups start after it; ``"auto"`` goes by the names of the blocks.

    Raises:
        ValueError: an empty group, a string where a list of names is expected, or strides that are no positive integers.
    """
    if (groups is None) == (strides is None):
        raise ValueError("ara: give either groups of block names or strides")
    if strides is not None:
        if downsample not in ("auto", "first", "last"):
            raise ValueError(f"ara: expected downsample = 'auto', 'first' or 'last', got {downsample!r}")
        if not strides or any(isinstance(stride, bool) or not isinstance(stride, int) or stride < 1 for stride in strides):
            raise ValueError(f"ara: expected positive integers as strides, got {strides!r}")
        return Groups(tuple(strides), downsample)
    result = []
    for group in groups or ():
        if isinstance(group, str):
            raise ValueError(f"groups: expected lists of block names, got the string {group!r}")
        result.append(tuple(group))
        if not result[-1]:
            raise ValueError("groups: a group is empty")
    return Ara(tuple(result))


def text(rules: Rules | None, layers: Sequence[str], network: Network | None = None) -> str:
    """The rules file for a model: one ``pattern = attribute`` a line, first match wins.

    Args:
        rules: one rule, an :func:`ara` or :func:`asa`, a list, or ``None`` for exact everywhere.
        layers: names of the model's layers with weights, in order.
        network: the model, for rules that ask for its structure; it comes to know what was decided.

    Raises:
        CompileError: an :func:`ara` or :func:`asa` finds no layer.
        TypeError: something that is no rule.
    """
    if rules is None:
        rules = exact()
    if isinstance(rules, Rule):
        rules = [("*", rules)]
    elif isinstance(rules, (Ara, Groups, Level)):
        rules = [rules]
    elif isinstance(rules, str) or not isinstance(rules, Sequence):
        raise TypeError(f"rules: expected a rule, ara(…), asa(…) or a list of (pattern, rule), got {rules!r}")
    pairs: list[tuple[str, Rule]] = []
    ends_in_ara = False
    for item in rules:
        if not (isinstance(item, tuple) and len(item) == 2 and getattr(item[1], "form", False)):
            ends_in_ara = isinstance(item, (Ara, Groups, Level))
        if isinstance(item, Ara):
            pairs.extend(item.pairs(layers))
        elif isinstance(item, (Groups, Level)):
            if network is None:
                raise CompileError("rules: strides and levels need the network, of which only the names of layers are known")
            found = item.choose(network)
            network.choices.extend(found)
            # What comes before it in the list has the say, as everywhere.
            taken = [pattern for pattern, rule in pairs if not rule.form]
            pairs.extend(
                (choice.layer, Rule(choice.attribute))
                for choice in found
                if choice.attribute is not None and not any(fnmatchcase(choice.layer, pattern) for pattern in taken)
            )
        elif isinstance(item, tuple) and len(item) == 2 and isinstance(item[0], str) and isinstance(item[1], Rule):
            pattern, rule = item
            if not pattern.strip() or "\n" in pattern or "=" in pattern:
                raise ValueError(f"rules: {pattern!r} is not a layer name pattern")
            pairs.append((pattern.strip(), rule))
        else:
            raise TypeError(f"rules: expected a (pattern, rule) pair, ara(…) or asa(…), got {item!r}")
    # Such a rule says of every layer that it does not name that it stays exact.
    if ends_in_ara:
        pairs.append(("*", exact()))
    return "".join(f"{pattern} {':=' if rule.form else '='} {rule.attribute}\n" for pattern, rule in pairs)


def _bits(bits: int) -> None:
    if bits not in (2, 4, 8):
        raise ValueError(f"bits: expected 2, 4 or 8, got {bits!r}")


def _block(rotate: int) -> None:
    if rotate not in (16, 32):
        raise ValueError(f"rotate: expected 16 or 32, got {rotate!r}")


def _group(group: int) -> str:
    if isinstance(group, bool) or not isinstance(group, int) or group < 1:
        raise ValueError(f"group: expected a number of elements, 1 or more, got {group!r}")
    return "" if group == 256 else f", group = {group}"


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
