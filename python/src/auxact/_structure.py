# _structure.py - rules for layers that the structure of the network tells
#
# The compiler knows the structure; here is what it is asked, and how its answer becomes rules of named layers.
"""What :func:`auxact.rules.ara` with strides and :func:`auxact.rules.asa` with a level make."""

from __future__ import annotations

from dataclasses import dataclass, field

from . import _backend

__all__ = ["Choice", "Groups", "Level", "Network"]


@dataclass(frozen=True)
class Choice:
    """What was decided of one layer.

    Attributes:
        layer: its name.
        attribute: its rule as the compiler reads it; ``None``: a later pattern decides, exact where there is none.
        reason: why.
    """

    layer: str
    attribute: str | None
    reason: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.reason}"


@dataclass
class Network:
    """A model of which rules ask what its structure is.

    Attributes:
        text: the model.
        file_name: for locations.
        choices: what was decided so far.
    """

    text: str
    file_name: str
    choices: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class Groups:
    """Auxiliary residual activation over groups of residual blocks.

    Attributes:
        strides: blocks of a group, for each stage.
        downsample: where a block that changes the resolution stands.
    """

    strides: tuple[int, ...]
    downsample: str

    def choose(self, network: Network) -> list[Choice]:
        """One choice a layer.

        Raises:
            CompileError: there is no such layer, or another number of stages.
        """
        found = _backend.residual_groups(network.text, network.file_name, self.strides, self.downsample)
        return [Choice(name, f'#auxact.residual<from = "{source}">' if source else None, reason) for name, source, reason in found]


@dataclass(frozen=True)
class Level:
    """A rule for the layers of transformer and mixer blocks up to a level.

    Attributes:
        level: 1 to 4.
        attribute: their rule.
    """

    level: int
    attribute: str

    def choose(self, network: Network) -> list[Choice]:
        """One choice a layer.

        Raises:
            CompileError: there is no such layer.
        """
        found = _backend.sign_levels(network.text, network.file_name)
        return [Choice(name, self.attribute if 0 < level <= self.level else None, reason) for name, level, reason in found]
