# rule_names.py - learning rules as words on a command line
"""``--rules`` of train.py: ``exact``, ``ara:2,2,2,2``, ``asa:4``, ``center:4``, … and ``+quantized:4`` for the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import auxact as aa

__all__ = ["HELP", "parse"]

HELP = """\
exact               exact backpropagation
ara:S1,S2,S3,S4     residual groups of so many blocks, a number a stage
asa:L               the paper's sign on the layers of level L, 1 to 4 (ResNets: 1, second convolutions of blocks; 2, both)
mean-abs:L          the sign with its least-squares gain
center:L            centred sign
center-rotate:L     centred and rotated sign
rotate2:L           rotated, 2 bits
control:L           the authors' abandoned first idea, which must fail (builds with tests only)
quantized:B         B bits for the inputs of all layers, and for what else is kept
recompute           blocks are computed again in the backward pass (gradient checkpointing)
RULE+quantized:B    RULE, and B bits for what it leaves exact
RULE+recompute      RULE, and blocks are computed again
"""

# Blocks that are computed again as a whole.
_BLOCKS = {"resnet18": "layer?.*", "vit": "blocks.*", "mixer": "blocks.*", "bert": "*.layer.*", "transformer": "*.layers.*"}

# The levels are those of transformers and mixers; in ResNets these layers can have a rule of their own.
_CONVOLUTIONS = ("layer*.conv2", "layer*.conv1")

_LEVELS: dict[str, Callable[[], Any]] = {
    "asa": lambda: aa.rules.sign(),
    "mean-abs": lambda: aa.rules.sign(gain="mean-abs"),
    "center": lambda: aa.rules.center(),
    "center-rotate": lambda: aa.rules.center(rotate=32),
    "rotate2": lambda: aa.rules.quantized(2, rotate=32),
    "control": lambda: aa.rules.Rule("#auxact_test.learned_bias"),
}


def parse(text: str, model: str) -> list[Any]:
    """The rules that a ``--rules`` stands for; none: exact backpropagation.

    Raises:
        ValueError: it is none of those in ``HELP``.
    """
    rules: list[Any] = []
    for index, part in enumerate(text.split("+")):
        rules += _part(text, part, model, alone=index == 0)
    return rules


def _part(text: str, part: str, model: str, alone: bool) -> list[Any]:
    name, _, value = part.partition(":")
    if part == "recompute":
        return [(_BLOCKS[model], aa.rules.checkpoint())]
    if name == "quantized" and value in ("2", "4", "8"):
        form = aa.rules.quantized(int(value))
        return [("*", form), ("*", aa.rules.saved(form))]
    if part == "exact" and alone:
        return []
    if name == "ara" and alone and value and all(number.isdigit() for number in value.split(",")):
        return [aa.rules.ara(strides=tuple(map(int, value.split(","))))]
    if name in _LEVELS and alone and value in ("1", "2", "3", "4"):
        if model != "resnet18":
            return [aa.rules.asa(level=int(value), rule=_LEVELS[name]())]
        if int(value) <= len(_CONVOLUTIONS):
            return [(pattern, _LEVELS[name]()) for pattern in _CONVOLUTIONS[: int(value)]]
    raise ValueError(_wrong(text))


def _wrong(text: str) -> str:
    return f"--rules {text!r} is none of\n{HELP}"
