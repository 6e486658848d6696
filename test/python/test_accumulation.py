# test_accumulation.py - micro-batches, running averages and Adam, against the arithmetic they stand for
"""What the optimizer keeps beside the update."""

import numpy as np
import pytest

import auxact as aa
from support import RESIDUAL, RULES, data, pair

OPTIMIZERS = {
    "sgd": aa.optim.SGD(0.1, accumulate=True),
    "momentum, clipped, averaged": aa.optim.SGD(0.1, momentum=0.9, accumulate=True, clip_grad_norm=0.5, ema_decay=0.9),
    "adam, averaged": aa.optim.Adam(1e-2, betas=(0.9, 0.98), accumulate=True, ema_decay=0.9),
}


def made(optimizer, rules="exact", **options):
    return pair(RESIDUAL, 19, 16, RULES[rules], optimizer=optimizer, **options)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_micro_batches_are_one_batch(name):
    """Three steps of three micro-batches of 16 rows are three steps of 48 rows."""
    prog, _, _, _ = made(OPTIMIZERS[name])
    whole, _, _, _ = pair(RESIDUAL, 19, 48, RULES["exact"], optimizer=OPTIMIZERS[name])
    for step in range(3):
        parts = [data(RESIDUAL, 19, 16, "cross_entropy", 10 * step + part) for part in range(3)]
        for part in parts[:-1]:
            before = prog.state_dict()
            assert np.isfinite(prog.accumulate(*part)["loss"])
            for parameter, value in prog.state_dict().items():
                np.testing.assert_array_equal(value, before[parameter])
        assert prog.accumulated == 2
        prog.step(*parts[-1])
        assert prog.accumulated == 0 and prog.steps == step + 1
        whole.step(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    expected = whole.state_dict()
    for parameter, value in prog.state_dict().items():
        np.testing.assert_allclose(value, expected[parameter], rtol=2e-4, atol=2e-5, err_msg=parameter)


def test_sums_count_in_the_peak():
    with_sums, _, _, _ = made(OPTIMIZERS["sgd"])
    without, _, _, _ = made(aa.optim.SGD(0.1))
    parameters = sum(value.nbytes for value in without.state_dict().values())
    assert with_sums.memory_report().state_bytes >= without.memory_report().state_bytes + parameters


def test_a_bundle_keeps_the_sums(tmp_path):
    prog, _, x, y = made(OPTIMIZERS["momentum, clipped, averaged"], "asa but the stem")
    prog.accumulate(x, y)
    prog.save(tmp_path / "half.aux")
    other = aa.load(tmp_path / "half.aux")
    assert other.accumulated == 1
    batch = data(RESIDUAL, 19, 16, "cross_entropy", 3)
    assert prog.step(*batch) == other.step(*batch)
    for parameter, value in prog.state_dict(average=True).items():
        np.testing.assert_array_equal(value, other.state_dict(average=True)[parameter])


def test_an_undone_micro_batch_leaves_the_sums():
    prog, _, x, y = made(OPTIMIZERS["sgd"], stop_on_nan=True)
    other, _, _, _ = made(OPTIMIZERS["sgd"])
    for each in (prog, other):
        each.accumulate(x, y)
    with pytest.raises(aa.NanLossError):
        prog.accumulate(np.full_like(x, np.nan), y)
    assert prog.accumulated == 1
    assert prog.step(x, y) == other.step(x, y)
    np.testing.assert_array_equal(prog.state_dict()["0.weight"], other.state_dict()["0.weight"])


def test_averages_follow_the_parameters():
    prog, _, x, y = made(OPTIMIZERS["adam, averaged"])
    average = prog.state_dict()
    for name, value in prog.state_dict(average=True).items():
        np.testing.assert_array_equal(value, average[name])
    for _ in range(4):
        prog.step(x, y)
        parameters = prog.state_dict()
        average = {name: np.float32(0.9) * value + np.float32(0.1) * parameters[name] for name, value in average.items()}
    found = prog.state_dict(average=True)
    for name, value in average.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-6, atol=1e-7)
    predicted, evaluated = prog.predict(x, average=True), prog.evaluate(x, y, average=True)
    assert not np.array_equal(predicted, prog.predict(x))
    prog.load_state_dict(found)
    np.testing.assert_array_equal(prog.predict(x), predicted)
    assert prog.evaluate(x, y) == evaluated
    # Averages start again from what was loaded.
    np.testing.assert_array_equal(prog.predict(x, average=True), predicted)


def test_what_was_not_asked_for_is_an_error():
    prog, _, x, y = made(aa.optim.SGD(0.1))
    with pytest.raises(aa.InputError, match="accumulate=True"):
        prog.accumulate(x, y)
    for call in (lambda: prog.predict(x, average=True), lambda: prog.evaluate(x, y, average=True), lambda: prog.state_dict(average=True)):
        with pytest.raises(aa.InputError, match="ema_decay"):
            call()
    with pytest.raises(ValueError, match="ema_decay"):
        aa.optim.SGD(ema_decay=1.0)
