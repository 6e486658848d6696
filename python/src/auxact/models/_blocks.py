# _blocks.py - parts that the transformer families share
"""Feed-forward layers and rates of stochastic depth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .. import nn
from ..nn import functional as F

__all__ = ["Activation", "FeedForward", "activation", "dropped", "mean_tokens", "path_dropped", "path_rates"]

Activation = Literal["gelu", "relu"]


def activation(name: Activation) -> Callable[[nn.Tensor], nn.Tensor]:
    """The function of a name.

    Raises:
        ValueError: an unknown name.
    """
    if name not in ("gelu", "relu"):
        raise ValueError(f"expected activation = 'gelu' or 'relu', got {name!r}")
    return F.gelu if name == "gelu" else F.relu


class FeedForward(nn.Module):
    """Two maps with an activation in between, named as timm's ``Mlp``; ``kind`` mixes features or tokens."""

    def __init__(self, width: int, inner: int, kind: type[nn.Linear] | type[nn.TokenLinear], act: Activation, drop: float) -> None:
        super().__init__()
        self.fc1, self.fc2 = kind(width, inner), kind(inner, width)
        self.act, self.drop = activation(act), drop

    def forward(self, x: nn.Tensor) -> nn.Tensor:
        h = dropped(self.act(self.fc1(x)), self.drop)
        return dropped(self.fc2(h), self.drop)


def dropped(x: nn.Tensor, rate: float) -> nn.Tensor:
    """Dropout, where there is any."""
    return F.dropout(x, rate) if rate > 0.0 else x


def mean_tokens(x: nn.Tensor) -> nn.Tensor:
    """(batch, tokens, features) to (batch, features)."""
    batch, tokens, features = x.shape
    return F.global_avg_pool2d(F.reshape(x, (batch, tokens, 1, features)))


def path_dropped(x: nn.Tensor, rate: float) -> nn.Tensor:
    """Stochastic depth, where there is any."""
    return F.drop_path(x, rate) if rate > 0.0 else x


def path_rates(rate: float, depth: int) -> list[float]:
    """Stochastic depth that rises linearly from 0 to ``rate`` at the last block, as timm's."""
    return [rate * index / max(depth - 1, 1) for index in range(depth)]
