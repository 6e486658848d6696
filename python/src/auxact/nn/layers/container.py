# container.py - layers made of layers
"""Layers of layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..._tracing import SymbolicTensor, TraceError
from .._module import Module

__all__ = ["ModuleList", "Residual", "Sequential"]


class Sequential(Module):
    """Layers one after the other, named ``"0"``, ``"1"``, …"""

    def __init__(self, *layers: Module) -> None:
        super().__init__()
        for index, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise TypeError(f"{type(self).__name__}: expected layers, got {type(layer).__name__} at position {index}")
            setattr(self, str(index), layer)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, index: int) -> Module:
        return list(self._modules.values())[index]

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        for layer in self:
            x = layer(x)
            if not isinstance(x, SymbolicTensor):
                raise TraceError(f"{type(layer).__name__} in a {type(self).__name__}: expected one tensor, got {x!r}")
        return x


class Residual(Sequential):
    """``x + layers(x)``; the layers must keep the shape."""

    def forward(self, x: SymbolicTensor) -> SymbolicTensor:
        return x + super().forward(x)


class ModuleList(Module):
    """Layers in a list, named ``"0"``, ``"1"``, …, for a ``forward`` that runs them itself."""

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        super().__init__()
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> ModuleList:
        """One more at the end.

        Raises:
            TypeError: no layer.
        """
        if not isinstance(module, Module):
            raise TypeError(f"ModuleList: expected layers, got {type(module).__name__} at position {len(self)}")
        setattr(self, str(len(self)), module)
        return self

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())

    def __len__(self) -> int:
        return len(self._modules)

    def __getitem__(self, index: int) -> Module:
        return list(self._modules.values())[index]
