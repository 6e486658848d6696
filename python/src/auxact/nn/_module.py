# _module.py - the base of layers and models: parameters, names, and the traced forward pass
"""Modules and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .. import _tracing
from .._tracing import SymbolicTensor, Trace, TraceError
from ..errors import DTypeError, ShapeError

__all__ = ["Module", "Parameter", "trace"]

Initializer = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


class Parameter:
    """A trained tensor of a module, float32.

    Args:
        shape: its shape.
        init: makes the first values from a generator and the shape; or an array of that shape.

    Raises:
        ShapeError: a size is not positive, or the array has another shape.
    """

    def __init__(self, shape: Sequence[int], init: Initializer | np.ndarray) -> None:
        self.shape = tuple(int(size) for size in shape)
        if any(size < 1 for size in self.shape):
            raise ShapeError(f"a parameter's sizes must be positive, got {self.shape}")
        self._init = init

    def initial(self, generator: np.random.Generator) -> np.ndarray:
        """First values, float32, of the parameter's shape."""
        value = self._init(generator, self.shape) if callable(self._init) else self._init
        value = np.ascontiguousarray(value, dtype=np.float32)
        if value.shape != self.shape:
            raise ShapeError(f"expected initial values of shape {self.shape}, got {value.shape}")
        return value

    def __repr__(self) -> str:
        return f"Parameter{self.shape}"


class Module:
    """A layer, or a network of layers.

    A subclass makes its parameters and layers in ``__init__`` and combines them in ``forward``::

        class Block(aa.nn.Module):
            def __init__(self, width, inner):
                super().__init__()
                self.up = aa.nn.Linear(width, inner)
                self.down = aa.nn.Linear(inner, width)

            def forward(self, h):
                return F.relu(h + self.down(F.relu(self.up(h))))

    ``forward`` runs once, on symbolic tensors, when the model is compiled; it returns the prediction, or the
    pair ``(prediction, loss)`` for a model that computes its own loss. Names are those of ``torch.nn``:
    attribute names joined by points.
    """

    _modules: dict[str, Module]
    _parameters: dict[str, Parameter]

    def __init__(self) -> None:
        self.__dict__.setdefault("_modules", {})
        self.__dict__.setdefault("_parameters", {})

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Module, Parameter)):
            if "_modules" not in self.__dict__:
                raise TypeError(f"{type(self).__name__}: call super().__init__() before assigning '{name}'")
            if isinstance(value, Module):
                self._modules[name] = value
            else:
                self._parameters[name] = value
        object.__setattr__(self, name, value)

    def _no_forward(self, *inputs: SymbolicTensor, **named: SymbolicTensor) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no forward")

    # A variable for type checkers, so that a subclass may take the inputs that it likes; every subclass has
    # its own.
    forward: Callable[..., Any] = _no_forward

    def __call__(self, *inputs: Any, **named: Any) -> Any:
        recorder = _tracing.current()
        if recorder is None:
            raise TraceError(f"{type(self).__name__} runs only inside a compiled program: use auxact.compile(model, …)")
        name = recorder.module_names.get(id(self))
        if name is None:
            raise TraceError(f"a {type(self).__name__} is used that is no attribute of the model: make it in __init__")
        with recorder.inside(name, type(self).__name__):
            return self.forward(*inputs, **named)

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all inside it, outermost first, with their dotted names; one that is shared comes
        once."""
        seen: set[int] = set()

        def walk(module: Module, path: str) -> Iterator[tuple[str, Module]]:
            if id(module) in seen:
                return
            seen.add(id(module))
            yield path, module
            for name, child in module._modules.items():
                yield from walk(child, f"{path}.{name}" if path else name)

        yield from walk(self, prefix)

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names, in ``torch.nn``'s order; one that is shared comes once."""
        seen: set[int] = set()
        for path, module in self.named_modules():
            for name, parameter in module._parameters.items():
                if id(parameter) not in seen:
                    seen.add(id(parameter))
                    yield (f"{path}.{name}" if path else name), parameter

    def initial_state(self, seed: int = 0) -> dict[str, np.ndarray]:
        """First values of all parameters, float32, from one NumPy generator in the order of
        :meth:`named_parameters`."""
        generator = np.random.default_rng(seed)
        return {name: parameter.initial(generator) for name, parameter in self.named_parameters()}

    def get(self, parameter: Parameter) -> SymbolicTensor:
        """The symbolic tensor of a parameter, for a ``forward`` that reads parameters itself."""
        recorder = _tracing.current()
        if recorder is None:
            raise TraceError("parameters have symbolic tensors only while the model is traced")
        name = recorder.parameter_names.get(id(parameter))
        if name is None:
            raise TraceError("a parameter is used that is no attribute of the model: make it in __init__")
        return recorder.parameter(id(parameter), name, parameter.shape)


def input_names(model: Module) -> list[str]:
    """Names of the model's inputs: the parameters of its ``forward``."""
    names = []
    for parameter in inspect.signature(model.forward).parameters.values():
        if parameter.kind in (
            parameter.POSITIONAL_ONLY,
            parameter.POSITIONAL_OR_KEYWORD,
            parameter.KEYWORD_ONLY,
        ):
            names.append(parameter.name)
        else:
            raise TraceError(f"{type(model).__name__}.forward: name the inputs one by one, not by *{parameter.name}")
    return names


def trace(model: Module, inputs: Mapping[str, tuple[tuple[int, ...], str]]) -> Trace:
    """Records ``model.forward`` and leaves the text in ``trace.text``.

    Args:
        model: the model.
        inputs: shape and type (``"f32"``, ``"i32"``) of each input, by name.

    Raises:
        ShapeError: a layer does not fit its input.
        TraceError: the forward pass does something that a program cannot.
    """
    recorder = Trace(type(model).__name__.lower())
    recorder.module_names = {id(module): name for name, module in model.named_modules()}
    recorder.parameter_names = {id(parameter): name for name, parameter in model.named_parameters()}
    arguments = {name: recorder.argument("input", name, shape, dtype) for name, (shape, dtype) in inputs.items()}
    with _tracing.recording(recorder):
        # Every parameter is an argument, read or not, in torch.nn's order: state_dict then has it.
        for name, parameter in model.named_parameters():
            recorder.parameter(id(parameter), name, parameter.shape)
        result = model(**arguments)
    outputs = result if isinstance(result, tuple) else (result,)
    if not 1 <= len(outputs) <= 2 or not all(isinstance(output, SymbolicTensor) for output in outputs):
        raise TraceError(f"{type(model).__name__}.forward: expected a tensor or (prediction, loss), got {result!r}")
    if outputs[0].dtype != "f32" or outputs[0].ndim == 0:
        raise DTypeError(f"{type(model).__name__}.forward: expected a float32 prediction with rows, got {outputs[0].type}")
    if len(outputs) == 2 and outputs[1].shape != ():
        raise ShapeError(f"{type(model).__name__}.forward: the loss must be a scalar, got {outputs[1].type}")
    recorder.text = recorder.finish(list(zip(("prediction", "loss"), outputs, strict=False)))
    return recorder
