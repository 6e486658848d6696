# _tracing.py - records a model's forward pass as a function of the auxact dialect
#
# A trace is text under construction: each symbolic operation checks its shapes here, where a Python traceback
# still shows the user's line, and appends one line of MLIR. The compiler parses and verifies the whole again.
"""Symbolic tensors and the recorder behind ``auxact.nn``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from .errors import AuxActError, ShapeError

__all__ = ["SymbolicTensor", "Trace", "TraceError", "current"]


class TraceError(AuxActError, TypeError):
    """A forward pass does something that has no form in the program."""


@dataclass(frozen=True, eq=False)
class SymbolicTensor:
    """A value of the model that has a shape and a type but no numbers.

    Attributes:
        shape: rows first; all static.
        dtype: ``"f32"`` or ``"i32"``.
    """

    shape: tuple[int, ...]
    dtype: str
    value: str = field(repr=False)
    trace: Trace = field(repr=False)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def type(self) -> str:
        """Its MLIR type, e.g. ``tensor<64x10xf32>``."""
        return f"tensor<{''.join(f'{size}x' for size in self.shape)}{self.dtype}>"

    def __add__(self, other: object) -> SymbolicTensor:
        from .nn import functional

        if not isinstance(other, SymbolicTensor):
            raise TraceError(f"a traced tensor can only be added to a traced tensor, not to {type(other).__name__}")
        return functional.add(self, other)

    def __bool__(self) -> bool:
        raise TraceError("a forward pass cannot branch on a tensor's values: the program is one straight line")

    def __array__(self, *args: object, **kwargs: object) -> object:
        raise TraceError("a traced tensor has no numbers; use the functions of auxact.nn.functional on it")

    def reshape(self, *shape: int) -> SymbolicTensor:
        """The same elements in row-major order under another shape; one size may be -1."""
        from .nn import functional

        return functional.reshape(self, shape)


@dataclass(frozen=True)
class Argument:
    tensor: SymbolicTensor
    kind: str
    name: str


class Trace:
    """One function while it is recorded."""

    def __init__(self, name: str) -> None:
        self.name = re.sub(r"\W", "_", name) or "model"
        self.arguments: list[Argument] = []
        self.lines: list[str] = []
        self.layers: list[str] = []
        self.module_names: dict[int, str] = {}
        self.parameter_names: dict[int, str] = {}
        self.text = ""
        self._path: list[tuple[str, str]] = []
        self._values: set[str] = set()
        self._names: dict[str, int] = {}
        self._held: dict[int, SymbolicTensor] = {}
        self._latest: dict[int, SymbolicTensor] = {}
        self._count = 0

    def argument(self, kind: str, name: str, shape: Sequence[int], dtype: str) -> SymbolicTensor:
        """A function argument marked ``auxact.<kind> = "<name>"``."""
        if any(argument.name == name for argument in self.arguments):
            raise TraceError(f"two arguments of the model are named '{name}'")
        spelled = re.sub(r"[^A-Za-z0-9_.$]", "_", name)
        value = f"%{spelled if re.match('[A-Za-z_]', spelled) else 'p' + spelled}"
        while value in self._values:
            value += "_"
        self._values.add(value)
        tensor = SymbolicTensor(tuple(int(size) for size in shape), dtype, value, self)
        self.arguments.append(Argument(tensor, kind, name))
        return tensor

    def held(self, key: int, kind: str, name: str, shape: Sequence[int]) -> SymbolicTensor:
        """What a parameter or buffer holds at this point: its argument, the same one however often it is read, or the
        value that :meth:`replace` gave it."""
        if key not in self._held:
            self._held[key] = self._latest[key] = self.argument(kind, name, shape, "f32")
        return self._latest[key]

    def replace(self, key: int, tensor: SymbolicTensor) -> None:
        """The value that a buffer has from here on, and after the run."""
        self._latest[key] = tensor

    @contextmanager
    def inside(self, name: str, kind: str) -> Iterator[None]:
        """Names operations after the module whose forward runs."""
        self._path.append((name, kind))
        try:
            yield
        finally:
            self._path.pop()

    def layer_name(self, kind: str) -> tuple[str, str]:
        """Name and location of a new operation; the name is unique in the function.

        A layer's own operation has the layer's name (``LayerNorm`` that of ``layer_norm``, ``BatchNorm2d`` that of
        ``batch_norm``); a function called in another module's forward is named
        ``<module>.<function>``, and a second use ``<name>@1``.
        """
        path, module = self._path[-1] if self._path else ("", "")
        if path and re.sub("[123]d$", "", module.lower()) == re.sub("[123]d$", "", kind.replace("_", "")):
            name, location = path, f"{path}.{module}"
        else:
            name = location = f"{path}.{kind}" if path else kind
        uses = self._names.get(name, 0)
        self._names[name] = uses + 1
        return (name if uses == 0 else f"{name}@{uses}"), location

    def append(
        self,
        operation: str,
        operands: Sequence[SymbolicTensor],
        shape: Sequence[int],
        types: str,
        attributes: dict[str, str],
        location: str,
        dtype: str = "f32",
    ) -> SymbolicTensor:
        """One operation ``%vN = auxact.<operation> operands {attributes} : types loc("…")``; ``{result}`` in the types is
        the result's."""
        return self.append_many(operation, operands, [(shape, dtype)], types, attributes, location)[0]

    def append_many(
        self,
        operation: str,
        operands: Sequence[SymbolicTensor],
        results: Sequence[tuple[Sequence[int], str]],
        types: str,
        attributes: dict[str, str],
        location: str,
        written: str | None = None,
    ) -> tuple[SymbolicTensor, ...]:
        """One operation with several results, given by shape and type; ``{result}`` in the types is the first one's and
        ``{results}`` all, joined by commas. ``written`` is how the operands are written, where not joined by commas."""
        for operand in operands:
            if operand.trace is not self:
                raise TraceError(f"{operation}: an operand belongs to another model's trace")
        tensors = tuple(SymbolicTensor(tuple(int(size) for size in shape), dtype, self._fresh(), self) for shape, dtype in results)
        spelled = ", ".join(f"{key} = {text}" for key, text in attributes.items())
        inner = f" {{{spelled}}}" if spelled else ""
        inputs = written or ", ".join(operand.value for operand in operands)
        values = ", ".join(tensor.value for tensor in tensors)
        text = types.format(result=tensors[0].type, results=", ".join(tensor.type for tensor in tensors))
        self.lines.append(f"  {values} = auxact.{operation} {inputs}{inner} : {text} loc({quoted(location)})")
        return tensors

    def _fresh(self) -> str:
        """The name of a new value."""
        while (value := f"%v{self._count}") in self._values:
            self._count += 1
        self._count += 1
        self._values.add(value)
        return value

    def finish(self, outputs: Sequence[tuple[str, SymbolicTensor]]) -> str:
        """The module's text, with the function's results marked ``auxact.output``; buffers that were replaced are
        results after them, which their arguments name."""
        replaced = [key for key, tensor in self._latest.items() if tensor is not self._held[key]]
        places = {self._held[key].value: len(outputs) + index for index, key in enumerate(replaced)}

        def marks(argument: Argument) -> str:
            place = places.get(argument.tensor.value)
            suffix = f", auxact.replaced_by = {place} : i64" if place is not None else ""
            return f"{{auxact.{argument.kind} = {quoted(argument.name)}{suffix}}}"

        arguments = ",\n    ".join(
            f"{argument.tensor.value}: {argument.tensor.type} {marks(argument)} loc({quoted(argument.name)})" for argument in self.arguments
        )
        returned = [*(tensor for _, tensor in outputs), *(self._latest[key] for key in replaced)]
        named = [f"{tensor.type} {{auxact.output = {quoted(name)}}}" for name, tensor in outputs]
        results = ", ".join([*named, *(self._latest[key].type for key in replaced)])
        values = ", ".join(tensor.value for tensor in returned)
        types = ", ".join(tensor.type for tensor in returned)
        body = "\n".join([*self.lines, f"  return {values} : {types}"])
        return f"func.func @{self.name}(\n    {arguments})\n    -> ({results}) {{\n{body}\n}}\n"


_stack: list[Trace] = []


def current() -> Trace | None:
    """The trace that a forward pass is being recorded into, if any."""
    return _stack[-1] if _stack else None


@contextmanager
def recording(trace: Trace) -> Iterator[Trace]:
    """Makes ``trace`` the current one."""
    _stack.append(trace)
    try:
        yield trace
    finally:
        _stack.pop()


def expect_rank(what: str, tensor: SymbolicTensor, rank: int) -> None:
    """Raises :class:`ShapeError` unless ``tensor`` has ``rank`` axes."""
    if tensor.ndim != rank:
        raise ShapeError(f"{what}: expected {rank} axes, got shape {tensor.shape}")


def quoted(text: str) -> str:
    """An MLIR string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\0A") + '"'
