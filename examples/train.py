#!/usr/bin/env python3
# train.py - trains a network of one of five families on real data, under a learning rule, and reports what it took
"""One script for all families::

    AUXACT_DATA=… examples/train.py vit --rules asa:4 --seed 1 --json vit.json
    AUXACT_DATA=… examples/train.py vit --backend torch

Data sets are looked for in ``--data``, or $AUXACT_DATA: cifar10-jpeg/, sst2/ and multi30k/.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

import auxact as aa
import rule_names
from auxact.report import format_bytes
from measuring import StepTimes, gradient_quality, measured_growth, peak_of_a_bundle
from tasks import TASKS, Task, make


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=list(TASKS))
    parser.add_argument("--rules", default="exact", help="a learning rule, for instance asa:4; --rules help lists them")
    parser.add_argument("--data", type=Path, help="folder of the data sets; $AUXACT_DATA if not given")
    parser.add_argument("--backend", choices=("auxact", "torch"), default="auxact", help="torch: the same network, data and schedule in PyTorch")
    parser.add_argument("--torch-dtype", choices=("float32", "float64"), default="float32", help="what --backend torch computes in")
    parser.add_argument("--optimizer", choices=("sgd", "adam", "adamw"), help="default: the family's")
    parser.add_argument("--lr", type=float, help="the schedule's highest rate; default: the family's for the optimizer")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--fraction", type=float, help="share of the training set")
    parser.add_argument("--batch", type=int)
    parser.add_argument("--tests", type=int, help="rows of the test set, for a quick look; default: all")
    parser.add_argument("--steps", type=int, help="stop after so many steps, for a quick look")
    parser.add_argument("--accumulate", type=int, default=1, help="batches of a step")
    parser.add_argument("--ema", type=float, help="decay of averaged weights, which are tested too")
    parser.add_argument("--seed", type=int, default=0, help="of first values, data order and dropout")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--cache", type=Path, help="folder of compiled kernels; default: an empty one, so that the compile time is a first one's")
    parser.add_argument("--checkpoint", type=Path, help="saved here after each epoch, and every --every steps; resumed from if it is there")
    parser.add_argument("--every", type=int, help="steps between checkpoints")
    parser.add_argument("--json", type=Path, help="where the results go")
    parser.add_argument("--log", type=Path, help="losses by step, .csv or .jsonl")
    parser.add_argument("--tensorboard", type=Path, help="folder for TensorBoard")
    parser.add_argument("--gradients", action="store_true", help="compare the rule's gradients with exact ones at the end")
    parser.add_argument("--no-progress", dest="progress", action="store_const", const=False, help="no progress bar")
    options = parser.parse_args()
    if options.rules == "help":
        parser.exit(0, rule_names.HELP)
    if options.data is None:
        if "AUXACT_DATA" not in os.environ:
            parser.error("no data: give --data, or set AUXACT_DATA to the folder of cifar10-jpeg/, sst2/ and multi30k/")
        options.data = Path(os.environ["AUXACT_DATA"])
    return options


class LastStep(aa.Callback):
    """Ends a fit after so many steps."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def on_step(self, prog: aa.Program, epoch: int, step: int, loss: float) -> None:
        if step + 1 >= self.steps:
            raise aa.StopTraining


def train_auxact(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    """The run's results, as far as they depend on the backend."""
    epochs = task.recipe.epochs if options.epochs is None else options.epochs
    more = {"accumulate": options.accumulate > 1, **({"ema_decay": options.ema} if options.ema else {})}
    optimizer = task.optimizer(options.optimizer or task.recipe.optimizer, options.lr, **more)
    rules = rule_names.parse(options.rules, options.model) or None
    model = task.model()
    example = task.loader.batch(0, 0)
    resumed = options.checkpoint is not None and options.checkpoint.exists()
    started = time.perf_counter()
    if resumed:
        prog = aa.load(options.checkpoint, threads=options.threads)
    else:
        prog = aa.compile(
            model,
            example,
            loss="cross_entropy",
            label_smoothing=task.recipe.label_smoothing,
            optimizer=optimizer,
            seed=options.seed,
            threads=options.threads,
            cache_dir=options.cache,
            stop_on_nan=True,
            rules=rules,
        )
    compile_seconds = time.perf_counter() - started
    report = prog.memory_report()
    print(f"{options.model}, {options.rules}: {prog}", flush=True)
    print(f"compiled in {compile_seconds:.1f} s; saved {format_bytes(report.saved_bytes)}, planned peak {format_bytes(report.peak_bytes)}", flush=True)

    steps = task.steps(epochs, options.accumulate)
    times = StepTimes()
    callbacks: list[aa.Callback] = [times]
    if options.log is not None:
        callbacks.append(aa.logs.Log(options.log))
    if options.tensorboard is not None:
        callbacks.append(aa.logs.TensorBoard(options.tensorboard))
    if options.checkpoint is not None:
        callbacks.append(aa.Checkpoint(options.checkpoint, options.every))
    if options.steps is not None:
        callbacks.append(LastStep(options.steps))
    started = time.perf_counter()
    history = aa.fit(
        prog,
        aa.data.Prefetch(task.loader),
        epochs,
        callbacks,
        schedule=task.schedule(optimizer.lr, steps),
        accumulate=options.accumulate,
        resume=resumed and bool(prog.progress),
        progress=options.progress,
    )
    seconds = time.perf_counter() - started
    quality = task.quality(prog.predict)
    if options.ema:
        quality.update({f"average_{name}": value for name, value in task.quality(lambda *inputs: prog.predict(*inputs, average=True)).items()})
    result = {
        "policy": {row.name: row.rule for row in report.by_layer},
        "saved_bytes": report.saved_bytes,
        "planned_peak_bytes": report.peak_bytes,
        "state_bytes": report.state_bytes,
        "measured_peak_bytes": peak_of_a_bundle(prog, example),
        "compile_seconds": round(compile_seconds, 2),
        "step_seconds": times.median(),
        "train_seconds": round(seconds, 1),
        "steps": prog.steps,
        "quality": quality,
        "losses": history.losses,
    }
    if options.gradients:
        result["gradients"] = gradient_quality(prog, model, task, options)
    return result


def train_torch(task: Task, options: argparse.Namespace) -> dict[str, Any]:
    """The same in PyTorch: first values, batches, schedule and optimizer."""
    import torch

    if options.rules != "exact" or options.accumulate > 1 or options.ema or options.checkpoint:
        raise ValueError("--backend torch has exact backpropagation, one batch a step, and neither averages nor checkpoints")
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    epochs = task.recipe.epochs if options.epochs is None else options.epochs
    described = task.optimizer(options.optimizer or task.recipe.optimizer, options.lr)
    source, model = task.model(), task.twin()
    first = aa.models.to_torch(source, source.initial_state(options.seed))
    model.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in first.items()}, strict=False)
    dtype = getattr(torch, options.torch_dtype)
    model.to(dtype)

    def tensor(array: np.ndarray) -> Any:
        return torch.from_numpy(array).to(dtype) if array.dtype.kind == "f" else torch.from_numpy(array)

    if isinstance(described, aa.optim.SGD):
        optimizer: Any = torch.optim.SGD(model.parameters(), described.lr, momentum=described.momentum, weight_decay=described.weight_decay)
    else:
        assert isinstance(described, aa.optim.Adam)
        made = torch.optim.AdamW if isinstance(described, aa.optim.AdamW) else torch.optim.Adam
        optimizer = made(model.parameters(), described.lr, betas=described.betas, weight_decay=described.weight_decay)
    schedule = task.schedule(described.lr, task.steps(epochs))

    def step(batch: tuple[np.ndarray, ...], rate: float) -> float:
        model.train()
        for group in optimizer.param_groups:
            group["lr"] = rate
        *inputs, labels = map(tensor, batch)
        scores = model(*inputs)
        loss = torch.nn.functional.cross_entropy(scores.flatten(0, -2), labels.flatten().long(), ignore_index=-100, label_smoothing=task.recipe.label_smoothing)
        optimizer.zero_grad()
        loss.backward()
        if described.clip_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), described.clip_grad_norm)
        optimizer.step()
        return loss.item()

    def predict(*inputs: np.ndarray) -> np.ndarray:
        model.eval()
        with torch.no_grad():
            rows = range(0, len(inputs[0]), task.loader.batch_size)
            parts = [model(*(tensor(array[row : row + task.loader.batch_size]) for array in inputs)) for row in rows]
        return torch.cat(parts).numpy()

    loader, losses, taken = aa.data.Prefetch(task.loader), [], []
    started = time.perf_counter()
    growth = measured_growth()
    last = math.inf if options.steps is None else options.steps
    for epoch in range(epochs):
        before = time.perf_counter()
        for batch in loader.epoch(epoch):
            if len(losses) >= last:
                break
            losses.append(step(batch, schedule(len(losses))))
            taken.append(time.perf_counter() - before)
            before = time.perf_counter()
            if len(losses) == 3:
                peak = growth()
    seconds = time.perf_counter() - started
    return {
        "policy": {},
        "saved_bytes": None,
        "planned_peak_bytes": None,
        "measured_peak_bytes": peak if len(losses) >= 3 else None,
        "compile_seconds": 0.0,
        "step_seconds": float(np.median(taken)),
        "train_seconds": round(seconds, 1),
        "steps": len(losses),
        "quality": task.quality(predict),
        "losses": losses,
    }


def main() -> int:
    options = arguments()
    recipe = TASKS[options.model][0]
    with tempfile.TemporaryDirectory(prefix="auxact-cache-") as empty:
        options.cache = options.cache or Path(empty)
        try:
            task = make(options.model, options.data, batch=options.batch, fraction=options.fraction, seed=options.seed, tests=options.tests)
            result = (train_torch if options.backend == "torch" else train_auxact)(task, options)
        except (aa.AuxActError, ValueError) as error:
            print(f"train.py: {error}", file=sys.stderr)
            return 1
    run = {
        "model": options.model,
        "data": recipe.data,
        "rules": options.rules,
        "backend": options.backend,
        "optimizer": options.optimizer or recipe.optimizer,
        "lr": options.lr or recipe.lr["sgd" if (options.optimizer or recipe.optimizer) == "sgd" else "adam"],
        "seed": options.seed,
        "epochs": recipe.epochs if options.epochs is None else options.epochs,
        "fraction": recipe.fraction if options.fraction is None else options.fraction,
        "batch": task.loader.batch_size,
        "tests": options.tests,
        "options": recipe.options,
        "metric": recipe.metric,
        **result,
    }
    # A hundred points are enough for a curve; --log has them all.
    run["losses"] = [float(f"{part.mean():.5g}") for part in np.array_split(result["losses"], min(100, len(result["losses"]))) if len(part)]
    if options.json is not None:
        temporary = options.json.with_suffix(".tmp")
        temporary.write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
        temporary.replace(options.json)
    peak = result["measured_peak_bytes"]
    print(
        f"{run['steps']} steps, {result['train_seconds']:.0f} s, {1e3 * result['step_seconds']:.1f} ms a step, measured peak"
        f" {format_bytes(peak) if peak else 'unknown'}; " + ", ".join(f"{name} {value:.2f}" for name, value in result["quality"].items())
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
