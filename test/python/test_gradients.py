# test_gradients.py - the program's numbers against the float64 reference
#
# Learning-rules.md is the standard: every rule, odd sizes, batch 1, and random networks.
"""Gradients, losses, indicators and trajectories."""

import pathlib
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import auxact as aa
import reference
from reference import Rule, relative_error
from support import PERCEPTRON, RESIDUAL, RULES, assert_gradients, build, data, pair, saved_bits


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("layers", [PERCEPTRON, RESIDUAL], ids=["perceptron", "residual"])
def test_rules(layers, rules):
    prog, net, x, y = pair(layers, 19, 13, RULES[rules])
    assert_gradients(prog, net, x, y)
    prediction, loss, _ = net.run(x, y)
    assert relative_error(prog.predict(x), prediction) <= 1e-5
    assert prog.evaluate(x, y)["loss"] == pytest.approx(loss, rel=1e-5)


def test_nonnegative():
    layers = [("linear", 21), ("relu",), ("linear", 17), ("relu",), ("linear", 10)]
    for gain in (100.0, "mean-abs"):
        prog, net, x, y = pair(layers, 19, 13, [("0", Rule()), ("*", Rule("sign", nonnegative=True, gain=gain))])
        assert_gradients(prog, net, x, y)


def test_residual_rule():
    rules = [("3.0", Rule("residual", source="1.0")), ("*", Rule())]
    prog, net, x, y = pair(RESIDUAL, 19, 13, rules)
    assert_gradients(prog, net, x, y)
    # The same rule by its paper's name.
    ara = aa.compile(build(RESIDUAL, 19), (x, y), loss="cross_entropy", rules=aa.rules.ara([["1", "3"]]))
    np.testing.assert_array_equal(ara.gradients(x, y)["3.0.weight"], prog.gradients(x, y)["3.0.weight"])


def test_recompute_is_exact():
    """GELU keeps its input, from which its output can be made again; the stem's input is kept by nobody else."""
    layers = [("linear", 21), ("gelu", "none"), ("linear", 17), ("gelu", "tanh"), ("linear", 10)]
    prog, net, x, y = pair(layers, 19, 13, [("0", Rule()), ("*", Rule("recompute"))])
    assert_gradients(prog, net, x, y)
    rows = {row.name: row.saved_bytes for row in prog.memory_report("gradients").by_layer}
    assert rows.get("2", 0) == rows.get("4", 0) == 0


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_losses_and_gelus(loss, approximate):
    layers = [("linear", 33), ("gelu", approximate), ("linear", 7, False)]
    prog, net, x, y = pair(layers, 5, 9, RULES["exact"], loss, label_smoothing=0.1 if loss == "cross_entropy" else 0.0)
    assert_gradients(prog, net, x, y)
    assert prog.evaluate(x, y)["loss"] == pytest.approx(net.run(x, y)[1], rel=1e-5)


@pytest.mark.parametrize(
    ("rows", "features", "width", "classes"),
    [
        (1, 1, 1, 2),
        (1, 33, 17, 3),
        (3, 17, 33, 10),
        (17, 3, 1000, 2),
        (33, 100, 31, 1),
        (2, 1000, 3, 17),
        (65, 64, 128, 10),
        (64, 1000, 1023, 10),
    ],
)
def test_odd_sizes(rows, features, width, classes):
    layers = [("linear", width), ("relu",), ("linear", classes)]
    for rules in ("exact", "sign"):
        prog, net, x, y = pair(layers, features, rows, RULES[rules])
        if classes == 1:
            # The loss of one class is 0 whatever the logits, and so is every gradient.
            assert all(np.all(value == 0) for value in prog.gradients(x, y).values())
        else:
            assert_gradients(prog, net, x, y)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    rows=st.integers(1, 40),
    features=st.integers(1, 50),
    widths=st.lists(st.integers(1, 40), min_size=0, max_size=3),
    activation=st.sampled_from([("relu",), ("gelu", "none"), ("gelu", "tanh")]),
    kinds=st.lists(st.sampled_from(["exact", "sign", "center", "mean-abs"]), min_size=6, max_size=6),
    skip=st.booleans(),
    seed=st.integers(0, 2**20),
)
def test_random_networks(rows, features, widths, activation, kinds, skip, seed):
    layers: list = []
    for width in widths:
        layers += [("linear", width), activation]
    if skip and widths:
        layers += [("residual", [("linear", 11), ("relu",), ("linear", widths[-1])])]
    layers += [("linear", 5)]
    made = {
        "exact": Rule(),
        "sign": Rule("sign"),
        "center": Rule("center"),
        "mean-abs": Rule("sign", gain="mean-abs"),
    }
    names = reference.linear_names(layers)
    rules = [(name, made[kind]) for name, kind in zip(names, kinds, strict=False)]
    prog, net, x, y = pair(layers, features, rows, rules, seed=seed)
    assert_gradients(prog, net, x, y)


def test_directional_derivatives():
    """The exact rule against differences of the program's own loss, in float32 and so only to a percent."""
    prog, _, x, y = pair(RESIDUAL, 19, 13, RULES["exact"])
    start, gradients = prog.state_dict(), prog.gradients(x, y)
    generator = np.random.default_rng(0)
    for _ in range(5):
        direction = {name: (generator.normal(size=value.shape) * np.abs(value).max()).astype(np.float32) for name, value in start.items()}
        losses = []
        for step in (1e-3, -1e-3):
            prog.load_state_dict({name: start[name] + np.float32(step) * direction[name] for name in start})
            losses.append(prog.evaluate(x, y)["loss"])
        expected = sum(float(np.sum(gradients[name].astype(np.float64) * direction[name])) for name in start)
        assert (losses[0] - losses[1]) / 2e-3 == pytest.approx(expected, rel=1e-2, abs=1e-4)


OPTIMIZERS = {
    "sgd": (aa.optim.SGD(0.1), reference.Optimizer(lr=0.1)),
    "momentum": (
        aa.optim.SGD(0.05, momentum=0.9, weight_decay=1e-3),
        reference.Optimizer(lr=0.05, momentum=0.9, weight_decay=1e-3),
    ),
    "nesterov": (
        aa.optim.SGD(0.05, momentum=0.9, nesterov=True),
        reference.Optimizer(lr=0.05, momentum=0.9, nesterov=True),
    ),
    "clipped": (aa.optim.SGD(0.1, clip_grad_norm=0.1), reference.Optimizer(lr=0.1, clip_grad_norm=0.1)),
    "adamw": (aa.optim.AdamW(1e-2, weight_decay=0.1), reference.Optimizer("adamw", 1e-2, weight_decay=0.1)),
    "adamw, clipped": (
        aa.optim.AdamW(1e-2, clip_grad_norm=0.1),
        reference.Optimizer("adamw", 1e-2, weight_decay=0.01, clip_grad_norm=0.1),
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name):
    """Five steps with the gradients that the reference computes itself; GELU, so that no mask flips."""
    layers = [("linear", 24), ("gelu", "none"), ("linear", 10)]
    described, optimizer = OPTIMIZERS[name]
    prog, net, x, y = pair(layers, 19, 13, RULES["exact"], optimizer=described)
    for _ in range(5):
        _, loss, gradients = net.run(x, y)
        optimizer.step(net.state, gradients)
        assert prog.step(x, y)["loss"] == pytest.approx(loss, rel=1e-4)
    for parameter, value in prog.state_dict().items():
        assert relative_error(value, net.state[parameter]) <= 1e-4, parameter


def test_center_keeps_the_mean_of_the_batch_before():
    prog, net, x, y = pair(RESIDUAL, 19, 13, RULES["center"], optimizer=aa.optim.SGD(0.0))
    for seed in range(3):
        x, y = data(RESIDUAL, 19, 13, "cross_entropy", seed)
        assert_gradients(prog, net, x, y)
        prog.step(x, y)
        net.means = dict(net.new_means)


@pytest.mark.parametrize("rules", ["sign", "asa but the stem", "center"])
def test_indicators(rules):
    prog, net, x, y = pair(RESIDUAL, 19, 13, RULES[rules])
    gradients = net.run(x, y)[2]
    expected = dict(net.indicator)
    found = prog.indicators(x, y)
    exact = {}
    for layer in reference.linear_names(RESIDUAL):
        bias_free = net.gradients[f"{layer}.weight"]
        assert bias_free is gradients[f"{layer}.weight"]
        exact[layer] = expected[layer]
    for layer, values in found.items():
        stored, applied = exact[layer]
        assert relative_error(values["stored"], stored) <= 1e-4
        assert relative_error(values["applied"], applied) <= 1e-4
        assert -1.0 <= float(values["cosine"]) <= 1.0 + 1e-6
    assert found


def cpu_has(feature):
    try:
        return re.search(rf"^flags\b.*\b{feature}\b", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE) is not None
    except OSError:
        return False


@pytest.mark.skipif(not cpu_has("avx2"), reason="this CPU has no AVX2")
@pytest.mark.parametrize("rules", ["exact", "sign", "sign, mean-abs", "center"])
def test_avx2(rules):
    """Code for a CPU of less than the host's vectors, at sizes below, at and above a tile."""
    for layers, features, rows in [(RESIDUAL, 19, 13), ([("linear", 128), ("gelu", "tanh"), ("linear", 100), ("relu",), ("linear", 10)], 96, 65)]:
        prog, net, x, y = pair(layers, features, rows, RULES[rules], target="avx2")
        assert prog.target == "avx2" and "vector<16xf32>" not in prog.print_ir("llvm")
        assert_gradients(prog, net, x, y)
        prediction, loss, _ = net.run(x, y)
        assert relative_error(prog.predict(x), prediction) <= 1e-5
        assert prog.evaluate(x, y)["loss"] == pytest.approx(loss, rel=1e-5)


def test_gradients_change_no_state():
    prog, _, x, y = pair(RESIDUAL, 19, 13, RULES["center"], optimizer=aa.optim.SGD(0.1, momentum=0.9))
    first = prog.gradients(x, y)
    before = prog.state_dict()
    prog.predict(x), prog.evaluate(x, y), prog.indicators(x, y)
    for name, value in prog.gradients(x, y).items():
        np.testing.assert_array_equal(value, first[name])
    for name, value in prog.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_threads_do_not_change_bits():
    results = []
    for threads in (1, 2):
        prog, _, x, y = pair(
            [("linear", 200), ("relu",), ("linear", 10)],
            300,
            257,
            RULES["sign"],
            optimizer=aa.optim.SGD(0.1),
            threads=threads,
        )
        prog.step(x, y)
        results.append(prog.state_dict())
    for name in results[0]:
        np.testing.assert_array_equal(results[0][name], results[1][name])


@pytest.mark.parametrize("features", [1, 7, 8, 31, 32, 33, 100])
def test_sign_bits(features):
    """Bit for bit: 1 where x > 0; 0 for zeros, -0.0 and NaN; rows padded with zero bits to 4 bytes."""
    x = np.random.default_rng(features).normal(size=(9, features)).astype(np.float32)
    special = np.array([0.0, -0.0, np.nan, np.inf, -np.inf, 1e-45, -1e-45, np.float32(1.2e-38)], np.float32)
    x.reshape(-1)[: len(special)] = special
    y = np.zeros(9, np.int32)
    prog = aa.compile(build([("linear", 3)], features), (x, y), loss="cross_entropy", rules=aa.rules.asa())
    bits = saved_bits(prog, x, y)["0"]
    assert bits.shape == (9, (features + 31) // 32 * 32)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(bits[:, :features], x > 0)
    assert not bits[:, features:].any()
