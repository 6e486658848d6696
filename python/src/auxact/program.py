# program.py - a compiled program: step, gradients, predict, evaluate, state, reports
#
# Checks and names live here; numbers are made by the compiled program alone.
""":class:`Program`."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np

from . import _arrays, _backend, _device
from ._device import DeviceArray
from .errors import CacheWarning, CopyWarning, InputError, NanLossError, ShapeError
from .report import MemoryReport

__all__ = ["Program"]

Stage = Literal["model", "step", "linalg", "kernels", "plan", "llvm", "nvvm", "ptx"]
Entry = Literal["step", "accumulate", "gradients", "predict", "evaluate", "predict_average", "evaluate_average", "indicators"]

_LEARNED = ("parameter", "buffer")


class Program:
    """A compiled model with its state; made by :func:`auxact.compile` and :func:`auxact.load`.

    Arrays go in by position, in the order of the model's inputs with the label last, or by name. Those of
    NumPy, PyTorch, JAX or any buffer are used in place when they are contiguous, and copied with a
    :class:`CopyWarning` when not. Element types are never converted, but for integer labels. What comes out
    is a copy, or, with ``copy=False``, a view that is valid until the program's next call.

    A program for a GPU (``target="cuda:sm_90a"``) also takes contiguous arrays of that GPU's memory, by DLPack or the CUDA
    array interface; with ``copy=False`` it hands out :class:`DeviceArray`, which PyTorch and JAX take without a
    copy. It needs the driver from its first run on: compiling, saving, and state work without one.

    Each entry is compiled at its first use with a batch size. A call that raises leaves the state as it was.

    Attributes:
        stop_on_nan: whether :meth:`step` undoes itself and raises :class:`NanLossError` when the loss is not
            finite. A plan that changes state before it knows the loss then costs a copy of the state each step.
    """

    def __init__(self, session: _backend.Session, settings: Mapping[str, Any], stop_on_nan: bool = False) -> None:
        self._session = session
        self._settings = dict(settings)
        self._options: dict[str, Any] = json.loads(session.options())
        self._batch = session.batch()
        self._on_device = str(self._options["target"]).startswith("cuda")
        self._specs: dict[tuple[str, int], dict[str, Any]] = {}
        described = json.loads(session.state_specs())
        self._state: dict[str, dict[str, Any]] = {spec["name"]: spec for spec in described["state"]}
        self._state_bytes = int(described["state_bytes"])
        self._warn()
        self.stop_on_nan = stop_on_nan

    def step(self, *inputs: Any, lr: float | None = None, copy: bool = True, **named: Any) -> dict[str, Any]:
        """One training step: forward, backward, update.

        With ``accumulate`` in the optimizer the update is by the mean of this batch's gradients and those that
        :meth:`accumulate` has added since the last step; each batch counts once, whatever its rows.

        Args:
            inputs: the model's inputs and the label, (batch, …).
            lr: learning rate of this step alone; ``None``: the program's.
            copy: ``False`` gives views valid until the next call.
            named: inputs by name.

        Returns:
            ``{"loss": float}`` and whatever else the model puts out in training.

        Raises:
            InputError: an array does not fit, or the program has no optimizer.
            NanLossError: see ``stop_on_nan``.
        """
        if self._settings.get("lr") is None:
            raise InputError("step: the program was compiled without an optimizer; give compile() one, or use gradients()")
        rate = checked_rate(self.lr if lr is None else lr)
        result = self._train("step", inputs, named, {"lr": rate, "micro_batches": float(self.accumulated + 1)}, copy)
        self._settings["steps"] = self.steps + 1
        self._settings["accumulated"] = 0
        return result

    def accumulate(self, *inputs: Any, copy: bool = True, **named: Any) -> dict[str, Any]:
        """Forward and backward of one micro-batch; its gradients are added to those of the next :meth:`step`.

        Args and errors as in :meth:`step`; the program's optimizer must have ``accumulate``.

        Returns:
            As :meth:`step`.
        """
        if not self._options.get("accumulate"):
            raise InputError("accumulate: the program keeps no sums of gradients; give compile() an optimizer with accumulate=True")
        result = self._train("accumulate", inputs, named, {}, copy)
        self._settings["accumulated"] = self.accumulated + 1
        return result

    def _train(self, entry: str, inputs: Sequence[Any], named: Mapping[str, Any], scalars: Mapping[str, float], copy: bool) -> dict[str, Any]:
        """One run of an entry that changes the state, undone where the loss is not finite and that is asked for."""
        count = self.steps + 1
        batch, arrays = self._bind(entry, inputs, named)
        # The runtime stops at the loss; where the plan has changed state by then, a copy undoes that. A device
        # runs the whole step before anyone sees the loss.
        undone = not self._on_device and _loss_comes_first(self._spec(entry, batch))
        before = self._snapshot() if self.stop_on_nan and not undone else None
        try:
            return self._run(entry, batch, arrays, {**scalars, **self._random(count)}, copy, check_loss=self.stop_on_nan, step=count)
        except NanLossError:
            if before is not None:
                self._restore(before)
            raise

    def gradients(self, *inputs: Any, copy: bool = True, **named: Any) -> dict[str, np.ndarray]:
        """Gradients of the loss under the layers' rules, by parameter name; the state stays as it is. Random numbers
        (dropout) are those of the step to come.

        Args and errors as in :meth:`step`.
        """
        batch, arrays = self._bind("gradients", inputs, named)
        result = self._run("gradients", batch, arrays, self._random(self.steps + 1), copy)
        prefix = "gradient:"
        return {name[len(prefix) :]: value for name, value in result.items() if name.startswith(prefix)}

    def predict(self, *inputs: Any, copy: bool = True, average: bool = False, **named: Any) -> np.ndarray:
        """The model's prediction for any number of rows, float32.

        Rows are run in batches of the compiled size; the last one is filled up with zero rows, whose
        predictions are thrown away.

        Args:
            inputs: the model's inputs without the label, (rows, …).
            copy: ``False`` gives a view valid until the next call, where the rows fit into one batch; those of several
                are copied side by side.
            average: whether to compute with the parameters' running averages; the optimizer must have ``ema_decay``.
            named: inputs by name.

        Raises:
            InputError: an array does not fit, or has no rows, or there are no averages.
        """
        entry = self._forward_entry("predict", average)
        values = self._named(entry, inputs, named)
        rows = rows_of(values)
        size = self._batch
        results = []
        for start in range(0, rows, size):
            part = {name: value[start : start + size] for name, value in values.items()}
            filled = {name: _filled(value, size) for name, value in part.items()}
            batch, arrays = self._fit(entry, filled)
            output = self._run(entry, batch, arrays, {}, copy=copy or rows > size)["prediction"]
            results.append(output[: min(size, rows - start)])
        return results[0] if len(results) == 1 else np.concatenate(results)

    def evaluate(self, *inputs: Any, average: bool = False, **named: Any) -> dict[str, float]:
        """Loss over any number of rows and, for integer labels, accuracy: the share of labels at which the prediction is
        greatest.

        Rows are run in batches of the compiled size; a remainder is an entry of its own. The loss is the mean
        over all rows. ``average`` as in :meth:`predict`.

        Raises:
            InputError: an array does not fit, or has no rows, or there are no averages.
        """
        entry = self._forward_entry("evaluate", average)
        values = self._named(entry, inputs, named)
        rows = rows_of(values)
        size = self._batch
        loss, weights, right, labels = 0.0, 0, 0, 0
        for start in range(0, rows, size):
            part = {name: value[start : start + size] for name, value in values.items()}
            batch, arrays = self._fit(entry, part)
            output = self._run(entry, batch, arrays, {}, copy=self._on_device)
            specs = self._spec(entry, batch)["inputs"]
            label, ignored = next(
                ((array, spec.get("ignored")) for spec, array in zip(specs, arrays, strict=True) if spec.get("label")),
                (None, None),
            )
            weight = batch
            if label is not None:
                # A row may hold several labels: those of a sequence. The loss is the mean over those that count.
                label = np.asarray(label)
                counts = np.full(label.shape, True) if ignored is None else label != ignored
                weight = int(np.count_nonzero(counts)) if ignored is not None else batch
                prediction = output.get("prediction")
                if prediction is not None and prediction.shape[:-1] == label.shape:
                    labels += int(np.count_nonzero(counts))
                    right += int(np.count_nonzero((prediction.argmax(axis=-1) == label) & counts))
            loss += output["loss"] * weight
            weights += weight
        return {"loss": loss / max(weights, 1), **({"accuracy": right / labels} if labels else {})}

    def indicators(self, *inputs: Any, **named: Any) -> dict[str, dict[str, Any]]:
        """Learning indicators by layer; the state stays as it is.

        Returns:
            For each layer with a rule of its own: ``stored`` and ``applied``, one value a row, of the
                auxiliary as kept and times its gain
            (1: exact backpropagation, above 0: a step still descends), and ``cosine`` between its weight
                gradient and the exact one.

        Args and errors as in :meth:`step`.
        """
        batch, arrays = self._bind("indicators", inputs, named)
        result: dict[str, dict[str, Any]] = {}
        for name, value in self._run("indicators", batch, arrays, self._random(self.steps + 1), copy=True).items():
            if name.startswith("indicator:"):
                layer, _, kind = name.removeprefix("indicator:").rpartition(".")
                result.setdefault(layer, {})[kind] = value
        return result

    def state_dict(self, copy: bool = True, average: bool = False) -> dict[str, Any]:
        """Parameters and buffers, with the names and layouts of ``torch.nn``: ``"0.weight"`` is (out, in).

        Args:
            average: the parameters' running averages, under the parameters' names.
            copy: ``False`` gives the live values where they lie, read-only: NumPy arrays, or on a GPU
                :class:`DeviceArray`, which needs the driver.
        """
        if average:
            self._forward_entry("state_dict", average)
        names = {name: name + ".ema" if average and spec["kind"] == "parameter" else name for name, spec in self._state.items() if spec["kind"] in _LEARNED}
        return {name: self._session.get_state(held) if copy else self._share_state(held) for name, held in names.items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> None:
        """Overwrites parameters and buffers; the optimizer's state stays, but for running averages, which start from
        the new parameters.

        Args:
            state: float32 arrays of any library by name.
            strict: whether every name must be there, and no other.

        Raises:
            InputError: names, shapes or types do not fit; nothing was overwritten.
        """
        expected = {name: spec for name, spec in self._state.items() if spec["kind"] in _LEARNED}
        missing, unknown = (
            [name for name in expected if name not in state],
            [name for name in state if name not in expected],
        )
        if strict and (missing or unknown):
            raise InputError(f"load_state_dict: missing {missing}, unknown {unknown}; strict=False loads what fits")
        arrays = {name: _arrays.fit_input(state[name], spec) for name, spec in expected.items() if name in state}
        for name, array in arrays.items():
            self._session.set_state(name, array)
        self._session.restart_averages()

    @property
    def lr(self) -> float:
        """Learning rate of the steps to come; a scalar of the step, so that setting it recompiles nothing."""
        return float(self._settings["lr"] or 0.0)

    @lr.setter
    def lr(self, value: float) -> None:
        self._settings["lr"] = checked_rate(value)

    @property
    def steps(self) -> int:
        """Number of steps taken since the state was made; AdamW's bias correction counts with it."""
        return int(self._settings.get("steps", 0))

    @property
    def accumulated(self) -> int:
        """Number of micro-batches that :meth:`accumulate` has added for the next step."""
        return int(self._settings.get("accumulated", 0))

    @property
    def keeps_averages(self) -> bool:
        """Whether there are running averages of the parameters."""
        return bool(self._options.get("ema_decay"))

    @property
    def progress(self) -> dict[str, Any]:
        """Where the last fit is, saved with the program; empty if there was none."""
        return dict(self._settings.get("progress", {}))

    @progress.setter
    def progress(self, value: Mapping[str, Any]) -> None:
        self._settings["progress"] = dict(value)

    @property
    def target(self) -> str:
        """The target it was compiled for."""
        return str(self._options["target"])

    def memory_report(self, entry: Entry = "step", batch: int | None = None) -> MemoryReport:
        """Memory of an entry; compiles it if need be, runs nothing.

        Args:
            entry: which one.
            batch: rows; ``None``: those of the example inputs.
        """
        rows = batch or self._batch
        return MemoryReport.from_spec(self._spec(entry, rows), self._state_bytes, self._session.peak_bytes(entry, rows))

    def rule_report(self) -> str:
        """What :func:`auxact.rules.ara` and :func:`auxact.rules.asa` decided by the structure of the network, and why: a line
        for each layer with weights; nothing where rules were given by names alone."""
        return "".join(f"{line}\n" for line in self._settings.get("rules", ()))

    def print_ir(self, stage: Stage = "model") -> str:
        """The training step's text after a stage: model, step, linalg, kernels, plan, and llvm for a CPU, nvvm or ptx
        for a GPU.

        Raises:
            ValueError: an unknown stage.
        """
        stages = ("model", "step", "linalg", "kernels", "plan", *(("nvvm", "ptx") if self._on_device else ("llvm",)))
        if stage not in stages:
            raise ValueError(f"print_ir: expected one of {', '.join(stages)}, got {stage!r}")
        return self._session.print_ir(stage)

    def compile_report(self) -> str:
        """Seconds that compiling took, by entry and stage, as lines; entries that a bundle holds took none."""
        return self._session.compile_report()

    def save(self, path: str | os.PathLike[str], *, targets: Sequence[str] = ()) -> None:
        """Writes kernels, plans and state into one file, from which :func:`load` resumes to the same bits.

        Args:
            path: the bundle to write.
            targets: further targets, for which every entry compiled so far is compiled too: ``["cuda:sm_80", "cuda:sm_90a"]``
                makes a bundle for both GPUs on a machine that has none. Targets of a loaded bundle stay in it.

        Raises:
            BundleError: it cannot be written.
            CompileError, TargetError: it cannot be compiled for one of the targets.
        """
        self._session.set_extra("python", json.dumps(self._settings))
        self._session.save(os.fspath(path), list(targets))

    def __repr__(self) -> str:
        parameters = sum(math.prod(spec["shape"]) for spec in self._state.values() if spec["kind"] == "parameter")
        return f"<auxact.Program: {parameters:,} parameters, batch {self._batch}, {self.target}, {self.steps} steps>"

    def check_examples(self, examples: Sequence[Any] | Mapping[str, Any] | None) -> None:
        """Checks shapes and types of example inputs, not their numbers, against the program's main entry.

        Raises:
            ShapeError, DTypeError, DeviceError: one does not fit.
        """
        specs = self._spec(self._session.main_entry(), self._batch)["inputs"]
        given = examples if isinstance(examples, Mapping) else dict(zip((spec["name"] for spec in specs), examples or (), strict=False))
        for spec in specs:
            if spec["name"] in given:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", CopyWarning)
                    _arrays.fit_input(given[spec["name"]], {**spec, "classes": 0})

    def _forward_entry(self, entry: str, average: bool) -> str:
        if average and not self.keeps_averages:
            raise InputError(f"{entry}: the program keeps no averages of its parameters; give compile() an optimizer with ema_decay")
        return f"{entry}_average" if average else entry

    def _spec(self, entry: str, batch: int) -> dict[str, Any]:
        key = (entry, batch)
        if key not in self._specs:
            self._specs[key] = json.loads(self._session.entry_spec(entry, batch))
            self._warn()
        return self._specs[key]

    def _warn(self) -> None:
        """Passes on what the compiler warned of: so far, a kernel cache that cannot be written."""
        for message in self._session.take_warnings().splitlines():
            warnings.warn(message, CacheWarning, stacklevel=4)

    def _named(self, entry: str, inputs: Sequence[Any], named: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by input name, as NumPy or device views, unchecked but for their number and names."""
        names = [spec["name"] for spec in self._spec(entry, self._batch)["inputs"]]
        if len(inputs) > len(names):
            raise InputError(f"{entry}: expected {len(names)} inputs ({', '.join(names)}), got {len(inputs)}")
        values = dict(zip(names, inputs, strict=False))
        for name, value in named.items():
            if name not in names:
                raise InputError(f"{entry}: unknown input '{name}'; expected {', '.join(names)}")
            if name in values:
                raise InputError(f"{entry}: input '{name}' is given twice")
            values[name] = value
        missing = [name for name in names if name not in values]
        if missing:
            raise InputError(f"{entry}: missing input {', '.join(missing)}; expected {', '.join(names)}")
        return {name: _arrays.as_array(values[name], name, self._on_device) for name in names}

    def _fit(self, entry: str, values: Mapping[str, np.ndarray]) -> tuple[int, list[np.ndarray]]:
        """The batch size and the arrays that the entry reads in place."""
        batch = rows_of(values)
        usual = self._spec(entry, self._batch)["inputs"]
        # Checked against the usual batch first, so that a wrong array is an error and not a compilation.
        arrays = [_arrays.fit_input(values[spec["name"]], {**spec, "shape": [batch, *spec["shape"][1:]]}) for spec in usual]
        self._spec(entry, batch)
        return batch, arrays

    def _bind(self, entry: str, inputs: Sequence[Any], named: Mapping[str, Any]) -> tuple[int, list[np.ndarray]]:
        return self._fit(entry, self._named(entry, inputs, named))

    def _run(
        self,
        entry: str,
        batch: int,
        arrays: Sequence[np.ndarray],
        scalars: Mapping[str, float],
        copy: bool,
        check_loss: bool = False,
        step: int = 0,
    ) -> dict[str, Any]:
        result = self._session.run(entry, batch, arrays, scalars, copy, check_loss, step)
        for index, spec in enumerate(self._spec(entry, batch)["outputs"]):
            if result[spec["name"]] is None:
                result[spec["name"]] = self._share_output(entry, batch, index, spec)
        return {name: float(value) if value.ndim == 0 else value for name, value in result.items()}

    def _share_output(self, entry: str, batch: int, index: int, spec: Mapping[str, Any]) -> DeviceArray:
        pointer, _, device, owner = self._session.share_output(entry, batch, index)
        read = partial(self._session.read_output, entry, batch, index)
        return DeviceArray(pointer, _arrays.dtype_of(spec["dtype"]), tuple(spec["shape"]), device, owner, read)

    def _share_state(self, name: str) -> Any:
        spec = self._state[name]
        pointer, kind, device, owner = self._session.share_state(name)
        if kind == _device.CUDA:
            return DeviceArray(pointer, _arrays.dtype_of(spec["dtype"]), tuple(spec["shape"]), device, owner, partial(self._session.get_state, name))
        return _backend.host_view(pointer, _arrays.dtype_of(spec["dtype"]).name, tuple(spec["shape"]), owner)

    def _random(self, step: int) -> dict[str, float]:
        """What random numbers are made of; the runtime takes the seed as an i32. Each micro-batch of a step has another."""
        seed = (int(self._settings.get("seed", 0)) + 0x9E3779B9 * self.accumulated) & 0xFFFFFFFF
        return {"step": float(step), "seed": float(seed - (1 << 32) if seed >> 31 else seed)}

    def _snapshot(self) -> dict[str, np.ndarray]:
        return {name: self._session.get_state(name) for name in self._state}

    def _restore(self, state: Mapping[str, np.ndarray]) -> None:
        for name, value in state.items():
            self._session.set_state(name, value)


def rows_of(values: Mapping[str, np.ndarray]) -> int:
    """The number of rows that all arrays have.

    Raises:
        ShapeError: they differ, or there is no row.
    """
    rows = {name: (value.shape[0] if value.ndim else 0) for name, value in values.items()}
    if not rows or len(set(rows.values())) != 1:
        raise ShapeError("the inputs have different numbers of rows: " + ", ".join(f"{name} {count}" for name, count in rows.items()))
    count = next(iter(rows.values()))
    if count == 0:
        raise ShapeError(f"expected at least one row, got none in {', '.join(rows)}")
    return count


def _filled(value: Any, size: int) -> Any:
    """The rows, and zero rows up to ``size``."""
    missing = size - value.shape[0]
    if missing and isinstance(value, DeviceArray):
        raise ShapeError(f"rows on a device must fill whole batches of {size}, got {value.shape[0]} in the last; pad them, or pass them from the host")
    return value if missing == 0 else np.concatenate([value, np.zeros((missing, *value.shape[1:]), value.dtype)])


def _loss_comes_first(spec: Mapping[str, Any]) -> bool:
    """Whether a step's plan computes the loss before any launch writes to the state."""
    place = next((output["place"] for output in spec["outputs"] if output["name"] == "loss"), None)
    for launch in spec["launches"]:
        results = launch["args"][len(launch["args"]) - launch["results"] :]
        if any("state" in result for result in results):
            return False
        if place in results:
            return True
    return False


def checked_rate(value: float) -> float:
    """A learning rate, if it is one."""
    if not (math.isfinite(value) and value >= 0.0):
        raise InputError(f"lr: expected a finite number ≥ 0, got {value!r}")
    return float(value)
