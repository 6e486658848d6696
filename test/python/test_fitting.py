# test_fitting.py - schedules, resuming, checkpoints and logs
"""Long runs: what they need to go on where they stopped."""

import csv
import json
import math
import resource
import sys
import warnings

import numpy as np
import pytest

import auxact as aa
from auxact import schedules
from support import RESIDUAL, RULES, data, pair

OPTIMIZER = aa.optim.AdamW(1e-2, accumulate=True, ema_decay=0.95, clip_grad_norm=1.0)
ROWS, BATCH = 88, 8


def noisy(batch, generator):
    x, y = batch
    return x + generator.normal(scale=0.1, size=x.shape).astype(np.float32), y


def made(optimizer=OPTIMIZER, rules="center"):
    prog, _, _, _ = pair(RESIDUAL, 19, BATCH, RULES[rules], optimizer=optimizer)
    x, y = data(RESIDUAL, 19, ROWS, "cross_entropy", 1)
    return prog, aa.data.Batches(x, y, batch_size=BATCH, seed=5, transform=noisy), (x[:16], y[:16])


def test_schedules():
    cosine = schedules.Cosine(0.1, 10, final=0.02)
    assert cosine(0) == pytest.approx(0.1) and cosine(5) == pytest.approx(0.06)
    assert cosine(10) == cosine(99) == pytest.approx(0.02)
    assert [schedules.Steps(1.0, (3, 5), 0.5)(step) for step in range(7)] == [1, 1, 1, 0.5, 0.5, 0.25, 0.25]
    warm = schedules.Warmup(schedules.Linear(0.4, 4), 4)
    assert [warm(step) for step in range(9)] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.4, 0.3, 0.2, 0.1, 0.0])
    root = schedules.InverseSqrt(0.5, 4)
    assert [root(step) for step in (0, 3, 15)] == pytest.approx([0.125, 0.5, 0.25])
    chained = schedules.Chain((schedules.Constant(1.0), 2), (schedules.Linear(0.5, 2), 2), (schedules.Constant(0.1), 1))
    assert [chained(step) for step in range(7)] == pytest.approx([1, 1, 0.5, 0.25, 0.1, 0.1, 0.1])
    for wrong in (lambda: schedules.Cosine(1.0, 0), lambda: schedules.Warmup(cosine, 0), schedules.Chain):
        with pytest.raises(ValueError, match="at least"):
            wrong()


def test_the_schedule_sets_the_rate_of_each_step():
    prog, loader, _ = made(aa.optim.SGD(0.5), "exact")
    rates = []

    class Watch(aa.Callback):
        def on_step(self, prog, epoch, step, loss):
            rates.append(prog.lr)

    aa.fit(prog, loader, 1, [Watch()], schedule=schedules.Linear(0.1, 11))
    assert rates == pytest.approx([0.1 * (1 - step / 11) for step in range(11)])
    # A rate of 0 changes nothing.
    before = prog.state_dict()
    aa.fit(prog, loader, 1, schedule=schedules.Constant(0.0))
    np.testing.assert_array_equal(prog.state_dict()["5.weight"], before["5.weight"])


class Stop(aa.Callback):
    def __init__(self, step):
        self.step = step

    def on_step(self, prog, epoch, step, loss):
        if step == self.step:
            raise aa.StopTraining


@pytest.mark.parametrize("stop", [1, 4, 8])
def test_resuming_gives_the_same_bits(tmp_path, stop):
    """11 batches an epoch, 3 a step: steps reach over epochs. The checkpoint is from step 2, 4 or after an epoch."""
    run = {"schedule": schedules.Warmup(schedules.Cosine(1e-2, 8), 2), "accumulate": 3}
    whole, loader, validation = made()
    expected = aa.fit(whole, loader, 3, validation=validation, **run)
    first, loader, _ = made()
    path = tmp_path / "run.aux"
    aa.fit(first, loader, 3, [aa.Checkpoint(path, every=2), Stop(stop)], validation=validation, **run)
    again, loader, _ = made()
    again = aa.load(path)
    rest = aa.fit(again, loader, 3, validation=validation, resume=True, **run)
    assert expected.losses[-len(rest.losses) :] == rest.losses and 0 < len(rest.losses) < len(expected.losses)
    assert expected.epochs[-len(rest.epochs) :] == rest.epochs
    assert again.steps == whole.steps == 11
    for average in (False, True):
        state = whole.state_dict(average=average)
        for name, value in again.state_dict(average=average).items():
            np.testing.assert_array_equal(value, state[name])
    assert set(expected.epochs[0]) == {"loss", *(f"validation_{kind}{name}" for kind in ("", "average_") for name in ("loss", "accuracy"))}


def test_a_new_fit_has_new_orders():
    prog, loader, _ = made(aa.optim.SGD(0.0), "exact")
    losses = [aa.fit(prog, loader).losses for _ in range(2)]
    assert losses[0] != losses[1]
    assert aa.fit(made(aa.optim.SGD(0.0), "exact")[0], loader, 2).losses == losses[0] + losses[1]


def test_nothing_to_resume():
    prog, loader, _ = made(aa.optim.SGD(0.1), "exact")
    with pytest.raises(aa.InputError, match="nothing to resume"):
        aa.fit(prog, loader, resume=True)
    with pytest.raises(ValueError, match="accumulate"):
        aa.fit(prog, loader, accumulate=0)


def test_a_full_disk_loses_nothing(tmp_path):
    prog, loader, _ = made()
    path = tmp_path / "run.aux"
    aa.fit(prog, loader, 1, [aa.Checkpoint(path)])
    saved = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(saved) // 2, limits[1]))
    try:
        with pytest.warns(aa.CheckpointWarning, match=r"no checkpoint after step \d+: .*run\.aux"):
            history = aa.fit(prog, loader, 1, [aa.Checkpoint(path)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert len(history.losses) == 11
    # The old checkpoint is whole, nothing else was left behind, and the program goes on.
    assert path.read_bytes() == saved and list(tmp_path.iterdir()) == [path]
    assert aa.load(path).steps == 11
    with warnings.catch_warnings():
        warnings.simplefilter("error", aa.CheckpointWarning)
        aa.fit(prog, loader, 1, [aa.Checkpoint(path)])
    assert aa.load(path).steps == 33


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_logs_of_a_resumed_fit_are_those_of_a_whole_one(tmp_path, suffix):
    def read(path):
        lines = path.read_text().splitlines()
        rows = [json.loads(line) for line in lines] if suffix == ".jsonl" else list(csv.DictReader(lines))
        times = [float(row.pop("seconds")) for row in rows]
        assert times == sorted(times)
        return rows

    whole, loader, validation = made(aa.optim.SGD(0.1), "exact")
    aa.fit(whole, loader, 2, [aa.logs.Log(tmp_path / f"whole{suffix}", every=2)], validation=validation)
    path, log = tmp_path / "run.aux", tmp_path / f"log{suffix}"
    first, loader, _ = made(aa.optim.SGD(0.1), "exact")
    aa.fit(first, loader, 2, [aa.Checkpoint(path, every=4), aa.logs.Log(log, every=2), Stop(14)], validation=validation)
    with log.open("a") as file:
        file.write('{"ste')
    aa.fit(aa.load(path), loader, 2, [aa.logs.Log(log, every=2)], validation=validation, resume=True)
    rows = read(log)
    assert rows == read(tmp_path / f"whole{suffix}")
    if suffix == ".jsonl":
        assert rows[0]["step"] == 1 and rows[0]["lr"] == pytest.approx(0.1) and math.isfinite(rows[0]["loss"])
        assert rows[5]["epoch"] == 0 and "epoch_validation_accuracy" in rows[5]
    with pytest.raises(ValueError, match=r"\.csv or \.jsonl"):
        aa.logs.Log("log.txt")


def test_tensorboard(tmp_path, monkeypatch):
    """With a writer in the place of the library's: what is written, and where to."""
    points = []

    class Writer:
        def __init__(self, folder):
            points.append(folder)

        def add_scalar(self, name, value, step):
            points.append((name, step))

        def flush(self):
            points.append("flushed")

    module = type(sys)("torch.utils.tensorboard")
    module.SummaryWriter = Writer
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    for parent in ("torch", "torch.utils"):
        if parent not in sys.modules:
            monkeypatch.setitem(sys.modules, parent, type(sys)(parent))
    prog, loader, _ = made(aa.optim.SGD(0.1), "exact")
    aa.fit(prog, loader, 1, [aa.logs.TensorBoard(tmp_path, every=5)])
    assert points == [str(tmp_path), ("loss", 5), ("lr", 5), ("loss", 10), ("lr", 10), ("epoch/loss", 11), "flushed"]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(ImportError, match="tensorboardX"):
        aa.logs.TensorBoard(tmp_path)
