# compiling.py - from a model to a program: compile, and load from a bundle
#
# Gathers the model's text, its options and its first values, and hands them to the compiler.
"""``compile`` and ``load``."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from . import _arrays, _backend
from . import rules as _rules
from ._structure import Network
from .errors import DTypeError, InputError, ShapeError
from .nn import Module
from .nn._module import input_names, trace
from .optim import Optimizer
from .program import Program, rows_of

__all__ = ["compile", "load"]

_LOSSES = ("cross_entropy", "mean_squared_error")
_BFLOAT16 = '; inputs are float32, and precision="bfloat16" chooses what is computed inside'
_PRECISIONS = ("float32", "tf32", "bfloat16")


def compile(  # noqa: A001 - the public name
    model: Module | str | os.PathLike[str],
    example_inputs: Sequence[Any] | Mapping[str, Any] | None = None,
    *,
    loss: Literal["cross_entropy", "mean_squared_error"] | None = None,
    label_smoothing: float = 0.0,
    optimizer: Optimizer | None = None,
    rules: _rules.Rules | None = None,
    precision: Literal["float32", "tf32", "bfloat16"] = "float32",
    target: str = "cpu",
    device: int | None = None,
    toolkit: str | os.PathLike[str] | None = None,
    images: Sequence[Literal["cubin", "ptx", "nvvm"]] = (),
    threads: int | None = None,
    seed: int = 0,
    cache_dir: str | os.PathLike[str] | None = None,
    stop_on_nan: bool = False,
) -> Program:
    """Compiles a model to a program.

    Args:
        model: a module, or the path of a ``.mlir`` file of the auxact dialect.
        example_inputs: arrays of the shapes to come, the label last when ``loss`` is given, in a tuple or by
            name; their numbers are not read. May be left out for a ``.mlir`` file, whose own batch size then
            holds.
        loss: the loss to append; ``None`` for a model that computes its own. Every program has a loss, one that only
            predicts too.
        label_smoothing: of the cross-entropy, in [0, 1).
        optimizer: ``None`` compiles a program that has gradients but no step.
        rules: learning rules of the layers with weights; ``None``: the model's own, which a ``.mlir``
            file may name; exact elsewhere.
        precision: ``"float32"``; ``"tf32"``: float32 whose contractions may round their factors to 10 bits of
            fraction where the target has instructions for it; ``"bfloat16"``: contractions multiply bf16 values
            and add in float32, and what is kept for the backward is bf16. Parameters, optimizer state, loss,
            inputs and outputs are float32 in all three, and no loss scaling is needed.
        target: ``"cpu"``: this machine; ``"avx2"``, ``"avx512"`` or a CPU's name of LLVM: ahead of time; ``"cuda:sm_80"``,
            ``"cuda:sm_89"``, ``"cuda:sm_90a"``: a GPU. Compiling for a GPU and saving need neither GPU nor driver; the
            first run does.
        device: index of the GPU that runs it; ``None``: ``$AUXACT_CUDA_DEVICE``, or the first.
        toolkit: folder of the CUDA toolkit, of which ``ptxas`` and libdevice are used; ``None``: ``$CUDA_HOME``, the path, or
            the PyPI package ``nvidia-cuda-nvcc``.
        images: forms of a GPU's kernels; none: cubin where ``ptxas`` is found, and PTX, which the driver compiles.
        threads: threads of a run; ``None``: as many as there are cores. Results do not depend on it.
        seed: of the parameters' first values (torch.nn's distributions, NumPy's generator), and of the random numbers that
            dropout draws (its low 32 bits).
        cache_dir: folder of compiled kernels; ``None``: ``$AUXACT_CACHE_DIR``, or the user's cache folder. One that
            cannot be written costs a CacheWarning and the time to compile, nothing else.
        stop_on_nan: see :class:`Program`.

    Raises:
        CompileError: the model, a rule or an option is wrong; ``location`` says where.
        TargetError: the target is unknown.
        InputError: the example inputs do not fit the model.
    """
    if loss is not None and loss not in _LOSSES:
        raise ValueError(f"loss: expected one of {', '.join(_LOSSES)} or None, got {loss!r}")
    if precision not in _PRECISIONS:
        raise ValueError(f"precision: expected one of {', '.join(_PRECISIONS)}, got {precision!r}")
    if threads is not None and threads < 1:
        raise ValueError(f"threads: expected at least 1, got {threads}")
    if isinstance(model, Module):
        text, filename, batch, layers = _traced(model, example_inputs, loss)
    else:
        filename = os.fspath(model)
        text = Path(filename).read_text(encoding="utf-8")
        batch = _batch_of(example_inputs)
        layers = [] if rules is None else _backend.find_layers(text, filename)
    network = Network(text, filename)
    options: dict[str, Any] = {
        "loss": loss or "",
        "label_smoothing": float(label_smoothing),
        "precision": precision,
        "rules": "" if rules is None else _rules.text(rules, layers, network),
        "target": target,
        "device": _device_index(device),
        "toolkit": os.fspath(toolkit) if toolkit is not None else "",
        "images": list(images),
        "threads": threads or 0,
        "cache_dir": os.fspath(cache_dir) if cache_dir is not None else "",
        "batch": batch,
        **(optimizer.options() if optimizer is not None else {}),
    }
    session = _backend.create(text, filename, options)
    settings = {"lr": optimizer.lr if optimizer is not None else None, "steps": 0, "seed": seed, "rules": [str(choice) for choice in network.choices]}
    program = Program(session, settings, stop_on_nan)
    program.check_examples(example_inputs)
    session.initialize(seed)
    if isinstance(model, Module):
        for name, value in model.initial_state(seed).items():
            session.set_state(name, value)
        session.restart_averages()
    return program


def load(
    path: str | os.PathLike[str],
    *,
    target: str | None = None,
    device: int | None = None,
    threads: int | None = None,
    stop_on_nan: bool = False,
) -> Program:
    """Opens a bundle that :meth:`Program.save` wrote; training goes on to the same bits as if it had never stopped.

    Args:
        path: the bundle. It holds machine code: open only what you trust.
        target: which one of a bundle for several; ``None``: the one that fits the GPU that is there, else the host's.
        device: as in :func:`compile`.
        threads: as in :func:`compile`; ``None``: as it was saved.
        stop_on_nan: see :class:`Program`.

    Raises:
        BundleError: no bundle, a truncated one, one of a later version, or one for another machine.
    """
    session = _backend.load(path, threads or 0, target or "", _device_index(device))
    settings = session.extra("python")
    return Program(session, json.loads(settings) if settings else {"lr": None, "steps": 0}, stop_on_nan)


def _traced(model: Module, example_inputs: Sequence[Any] | Mapping[str, Any] | None, loss: str | None) -> tuple[str, str, int, list[str]]:
    if example_inputs is None:
        raise InputError("compile: a module needs example_inputs, whose shapes say how large the program is")
    names, needed = input_names(model), input_names(model, optional=False)
    count = len(names) + (1 if loss is not None else 0)
    if isinstance(example_inputs, Mapping):
        missing = [name for name in needed if name not in example_inputs]
        if missing:
            raise InputError(f"compile: example_inputs lack {', '.join(missing)}")
        values = {name: example_inputs[name] for name in names if name in example_inputs}
    else:
        # Where inputs may be left out, a label can only be the last of those that are there.
        given = min(len(example_inputs), len(names)) if needed == names else len(example_inputs) - (count - len(names))
        if not len(needed) <= given or len(example_inputs) > count:
            labels, hint = (" and the label", "") if loss is not None else ("", "; a label goes with loss=")
            raise InputError(f"compile: expected {count} example inputs ({', '.join(names)}{labels}), got {len(example_inputs)}{hint}")
        values = dict(zip(names[:given], example_inputs, strict=False))
    inputs, batch = {}, 0
    for name, value in values.items():
        array = _arrays.as_numpy(value, name)
        if array.ndim == 0 or 0 in array.shape:
            raise ShapeError(f"{name}: expected a batch axis and no empty axis, got shape {array.shape}")
        if array.dtype.kind not in "iu" and array.dtype != np.float32:
            hint = _BFLOAT16 if array.dtype.name == "bfloat16" else ""
            raise DTypeError(f"{name}: expected float32 or integers, got {array.dtype}; convert it with .astype('float32'){hint}")
        batch = batch or array.shape[0]
        if array.shape[0] != batch:
            raise ShapeError(f"{name}: expected {batch} rows as the first input has, got {array.shape[0]}")
        inputs[name] = (array.shape, "i32" if array.dtype.kind in "iu" else "f32")
    recorded = trace(model, inputs)
    return recorded.text, f"<{type(model).__name__}>", batch, recorded.layers


def _device_index(device: int | None) -> int:
    if device is not None and device < 0:
        raise ValueError(f"device: expected an index of at least 0, got {device}")
    return -1 if device is None else device


def _batch_of(example_inputs: Sequence[Any] | Mapping[str, Any] | None) -> int:
    if not example_inputs:
        return 0
    values = example_inputs if isinstance(example_inputs, Mapping) else {f"example input {index}": value for index, value in enumerate(example_inputs)}
    return rows_of({name: _arrays.as_numpy(value, name) for name, value in values.items()})
