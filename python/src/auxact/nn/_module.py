# _module.py - the base of layers and models: parameters, names, and the traced forward pass
"""Modules and parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from .. import _tracing
from .._tracing import SymbolicTensor, Trace, TraceError
from ..errors import DTypeError, ShapeError
from .initializers import Initializer

__all__ = ["Buffer", "Module", "Parameter", "trace"]


class _Held:
    """A tensor that a module holds, float32.

    Args:
        shape: its shape.
        init: makes the first values from a generator and the shape; or an array of that shape.
        torch_axes: order in which PyTorch has the axes, if another: (0, 3, 1, 2) for a kernel that is (out, height,
            width, in) here and (out, in, height, width) there.
        torch_shape: PyTorch's shape, where it has axes of size 1 that are none here, or the other way round.

    Raises:
        ShapeError: a size is not positive, or the array has another shape.
    """

    def __init__(
        self,
        shape: Sequence[int],
        init: Initializer | np.ndarray,
        torch_axes: Sequence[int] | None = None,
        torch_shape: Sequence[int] | None = None,
    ) -> None:
        self.shape = tuple(int(size) for size in shape)
        self.torch_axes = tuple(torch_axes) if torch_axes is not None else tuple(range(len(self.shape)))
        self.torch_shape = tuple(torch_shape) if torch_shape is not None else tuple(self.shape[axis] for axis in self.torch_axes)
        if any(size < 1 for size in self.shape):
            raise ShapeError(f"a {type(self).__name__.lower()}'s sizes must be positive, got {self.shape}")
        self.init = init

    def initial(self, generator: np.random.Generator) -> np.ndarray:
        """First values, float32, of its shape."""
        value = self.init(generator, self.shape) if callable(self.init) else self.init
        value = np.ascontiguousarray(value, dtype=np.float32)
        if value.shape != self.shape:
            raise ShapeError(f"expected initial values of shape {self.shape}, got {value.shape}")
        return value

    def to_torch(self, value: np.ndarray) -> np.ndarray:
        """A value in PyTorch's layout."""
        return np.ascontiguousarray(value.transpose(self.torch_axes)).reshape(self.torch_shape)

    def from_torch(self, value: np.ndarray) -> np.ndarray:
        """A value of PyTorch's layout in the layout here."""
        moved = value.reshape([self.shape[axis] for axis in self.torch_axes])
        return np.ascontiguousarray(moved.transpose(np.argsort(self.torch_axes)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.shape}"


class Parameter(_Held):
    """A trained tensor of a module, float32."""


class Buffer(_Held):
    """A tensor that is not trained: a table, or a statistic that :meth:`Module.put` updates in training. Saved and loaded with
    the parameters.

    Args:
        shape, init, torch_axes, torch_shape: as those of a parameter.
        persistent: whether PyTorch's state dicts have it; a table that a formula gives need not be there.
    """

    def __init__(
        self,
        shape: Sequence[int],
        init: Initializer | np.ndarray,
        torch_axes: Sequence[int] | None = None,
        torch_shape: Sequence[int] | None = None,
        persistent: bool = True,
    ) -> None:
        super().__init__(shape, init, torch_axes, torch_shape)
        self.persistent = persistent


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

    #: Tensors that PyTorch's module of this kind has as one, along the first axis, and that are several here: its name,
    #: theirs. ``{"qkv.weight": ("q.weight", "k.weight", "v.weight")}``.
    torch_fused: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    #: Names that PyTorch's module may have in a state dict and that hold nothing that is needed here.
    torch_ignored: ClassVar[tuple[str, ...]] = ()

    _modules: dict[str, Module]
    _parameters: dict[str, Parameter]
    _buffers: dict[str, Buffer]

    def __init__(self) -> None:
        for registry in ("_modules", "_parameters", "_buffers"):
            self.__dict__.setdefault(registry, {})

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, (Module, Parameter, Buffer)):
            if "_modules" not in self.__dict__:
                raise TypeError(f"{type(self).__name__}: call super().__init__() before assigning '{name}'")
            registry: dict[str, Any] = self._modules if isinstance(value, Module) else self._parameters
            registry = self._buffers if isinstance(value, Buffer) else registry
            if name not in registry:
                self._forget(name)
            registry[name] = value
        else:
            self._forget(name)
        object.__setattr__(self, name, value)

    def _forget(self, name: str) -> None:
        """An attribute that gets another kind of value is no longer what it was."""
        for registry in ("_modules", "_parameters", "_buffers"):
            self.__dict__.get(registry, {}).pop(name, None)

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

    def named_parameters(self, remove_duplicate: bool = True) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their dotted names, in ``torch.nn``'s order; one that is shared comes once, by its first
        name, unless ``remove_duplicate=False``."""
        yield from self._named("_parameters", remove_duplicate)

    def named_buffers(self, remove_duplicate: bool = True) -> Iterator[tuple[str, Buffer]]:
        """All buffers, as :meth:`named_parameters` does."""
        yield from self._named("_buffers", remove_duplicate)

    def _named(self, registry: str, remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        for path, module in self.named_modules():
            for name, held in module.__dict__[registry].items():
                if id(held) not in seen or not remove_duplicate:
                    seen.add(id(held))
                    yield (f"{path}.{name}" if path else name), held

    def initial_state(self, seed: int = 0) -> dict[str, np.ndarray]:
        """First values of all parameters, then all buffers, float32, from one NumPy generator in the order of
        :meth:`named_parameters`."""
        generator = np.random.default_rng(seed)
        return {name: held.initial(generator) for name, held in [*self.named_parameters(), *self.named_buffers()]}

    def get(self, held: Parameter | Buffer) -> SymbolicTensor:
        """The symbolic tensor of a parameter or buffer, for a ``forward`` that reads them itself."""
        recorder, name = self._recorded(held)
        kind = "buffer" if isinstance(held, Buffer) else "parameter"
        return recorder.held(id(held), kind, name, held.shape)

    def put(self, buffer: Buffer, value: SymbolicTensor) -> None:
        """Gives a buffer another value, which later layers read and which a training step keeps.

        Raises:
            ShapeError: a value of another shape.
        """
        recorder, name = self._recorded(buffer)
        if not isinstance(buffer, Buffer):
            raise TraceError(f"'{name}' is no buffer: only the optimizer changes parameters")
        if value.shape != buffer.shape:
            raise ShapeError(f"expected a value of shape {buffer.shape} for the buffer '{name}', got {value.shape}")
        recorder.replace(id(buffer), value)

    def _recorded(self, held: Parameter | Buffer) -> tuple[Trace, str]:
        recorder = _tracing.current()
        if recorder is None:
            raise TraceError("parameters have symbolic tensors only while the model is traced")
        name = recorder.parameter_names.get(id(held))
        if name is None:
            raise TraceError("a parameter is used that is no attribute of the model: make it in __init__")
        return recorder, name


def input_names(model: Module, optional: bool = True) -> list[str]:
    """Names of the model's inputs: the parameters of its ``forward``.

    Args:
        optional: whether those that have a default, and may be left out, are among them.
    """
    names = []
    for parameter in inspect.signature(model.forward).parameters.values():
        if parameter.kind not in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise TraceError(f"{type(model).__name__}.forward: name the inputs one by one, not by *{parameter.name}")
        if optional or parameter.default is parameter.empty:
            names.append(parameter.name)
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
    held = [*model.named_parameters(), *model.named_buffers()]
    recorder.parameter_names = {id(tensor): name for name, tensor in held}
    arguments = {name: recorder.argument("input", name, shape, dtype) for name, (shape, dtype) in inputs.items()}
    with _tracing.recording(recorder):
        # Every parameter and buffer is an argument, read or not, in torch.nn's order: state_dict then has it.
        for _, tensor in held:
            model.get(tensor)
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
