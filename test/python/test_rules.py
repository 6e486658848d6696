# test_rules.py - rules beyond the paper's, forms of kept values and checkpointed blocks, against NumPy
"""Weight gradients of every rule, bytes that are kept, and gradients of inputs that no rule may change."""

import numpy as np
import pytest

import auxact as aa
import reference
import reference_forms
from reference import Rule, relative_error
from support import RESIDUAL, assert_gradients, build, data, pair

# No ReLU: a mask that flips would hide what is looked for.
SMOOTH = [("linear", 40), ("gelu", "none"), ("linear", 17), ("gelu", "tanh"), ("linear", 10)]
FORMS = {
    "quantized 8": Rule("quantized", bits=8),
    "quantized 4": Rule("quantized", bits=4),
    "quantized 2": Rule("quantized", bits=2),
    "quantized 4, short groups": Rule("quantized", bits=4, group=16),
    "quantized 2, odd groups": Rule("quantized", bits=2, group=7),
    "average 8": Rule("average", bits=8),
    "average 2": Rule("average", bits=2, group=4),
    "rotated signs": Rule("center", rotate=16),
    "rotated signs, wide": Rule("center", rotate=32),
    "rotated levels": Rule("quantized", bits=2, rotate=16),
    "rotated levels, wide": Rule("quantized", bits=2, rotate=32),
}


@pytest.mark.parametrize("name", FORMS)
# Fewer rows than outputs, and more: a rotation goes back on either side.
@pytest.mark.parametrize(("features", "rows"), [(19, 5), (64, 61)])
def test_gradients(name, features, rows):
    prog, net, x, y = pair(SMOOTH, features, rows, [("*", FORMS[name])])
    generator = np.random.default_rng(1)
    # A hidden activation that is rounded the other way moves a gradient by a part of one of 256 steps.
    assert_gradients(prog, net, x, y, tolerance=5e-4 if name == "quantized 8" else 2e-5)
    if FORMS[name].rotate:
        # A mean that is not 0: the one of the step before.
        prog, net, x, y = pair(SMOOTH, features, rows, [("*", FORMS[name])], optimizer=aa.optim.SGD(0.0))
        x += generator.normal(size=features).astype(np.float32)
        net.run(x, y)
        prog.step(x, y)
        net.means = dict(net.new_means)
        assert_gradients(prog, net, x, y, tolerance=2e-5)


@pytest.mark.parametrize("name", FORMS)
def test_other_gradients_are_those_of_exact(name):
    """Forward and gradients of inputs and biases are exact's, bit for bit: only weights' gradients change."""
    exact, _, x, y = pair(SMOOTH, 40, 33, [("*", Rule())])
    other, _, _, _ = pair(SMOOTH, 40, 33, [("*", FORMS[name])])
    assert exact.evaluate(x, y)["loss"] == other.evaluate(x, y)["loss"]
    expected, actual = exact.gradients(x, y), other.gradients(x, y)
    for parameter in expected:
        if parameter.endswith("bias"):
            np.testing.assert_array_equal(actual[parameter], expected[parameter])
        else:
            assert relative_error(actual[parameter], expected[parameter]) > 1e-4


def test_residual_fit():
    rules = [("3.0", Rule("residual", source="1.0", fit=True)), ("*", Rule())]
    prog, net, x, y = pair(RESIDUAL, 19, 13, rules)
    assert_gradients(prog, net, x, y, tolerance=2e-5)
    # A projection never has an indicator below 0 over the batch.
    hidden, fit = net.inputs["3.0"], reference_forms.fitted(net.inputs["3.0"], net.inputs["1.0"])
    assert np.sum(fit * (2 * hidden - fit)) > 0


def test_kept_bytes():
    """Bits an element, 8 bytes a group; bits and 4 bytes a row under a rotation."""
    x, y = data([("linear", 10)], 300, 64, "cross_entropy", 0)

    def kept(rule):
        prog = aa.compile(
            build([("linear", 300), ("gelu", "none"), ("linear", 10)], 300), (x, y), loss="cross_entropy", rules=[("0", aa.rules.exact()), ("2", rule)]
        )
        return {row.name: row.saved_bytes for row in prog.memory_report("gradients").by_layer}["2"]

    assert kept(aa.rules.quantized(8)) == 64 * (300 + 2 * 8)
    assert kept(aa.rules.quantized(4)) == 64 * (152 + 2 * 8)
    assert kept(aa.rules.quantized(2)) == 64 * (76 + 2 * 8)
    assert kept(aa.rules.average(4)) == 64 * (40 + 8)
    assert kept(aa.rules.center(rotate=32)) == 64 * (320 // 8 + 4)
    assert kept(aa.rules.quantized(2, rotate=16)) == 64 * (304 // 4 + 4)


@pytest.mark.parametrize(
    "form", [Rule("quantized", bits=4), Rule("quantized", bits=8, group=16), *(Rule("derivative_table", bits=b) for b in (1, 2, 4))], ids=str
)
def test_kept_of_gelu(form):
    spelled = aa.rules.derivative_table(form.bits) if form.kind == "derivative_table" else aa.rules.saved(aa.rules.quantized(form.bits, group=form.group))
    prog, net, x, y = pair(SMOOTH, 19, 13, [("*", Rule())])
    rules = [("1", spelled), ("*", aa.rules.exact()), ("3", spelled)]
    prog = aa.compile(build(SMOOTH, 19), (x, y), loss="cross_entropy", rules=rules, seed=0)
    net.forms = {"1": form, "3": form}
    assert_gradients(prog, net, x, y, tolerance=2e-5)


def test_stochastic_rounding_is_unbiased():
    """Over many steps the mean of what is kept is the activation, which nearest rounding's is not."""
    x, y = data([("linear", 4)], 96, 32, "mean_squared_error", 0)
    y = y[:, :4]
    model = build([("linear", 4)], 96)
    exact = aa.compile(model, (x, y), loss="mean_squared_error", seed=0).gradients(x, y)["0.weight"]

    def error(rule, steps):
        prog = aa.compile(model, (x, y), loss="mean_squared_error", rules=rule, seed=0, optimizer=aa.optim.SGD(0.0))
        total = np.zeros_like(exact)
        for _ in range(steps):
            total += prog.gradients(x, y)["0.weight"]
            prog.step(x, y)
        return relative_error(total / steps, exact)

    one, many = error(aa.rules.quantized(2, stochastic=True), 1), error(aa.rules.quantized(2, stochastic=True), 64)
    assert many < one / 4
    assert many < error(aa.rules.quantized(2), 1)


def test_one_form_for_layers_that_read_one_tensor():
    """Query, key and value: one set of bits, one mean."""

    class Three(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.q, self.k, self.v = (aa.nn.Linear(32, 16) for _ in range(3))

        def forward(self, x):
            return self.q(x) + self.k(x) + self.v(x)

    x = np.random.default_rng(0).normal(size=(64, 32)).astype(np.float32)
    y = np.zeros((64, 16), np.float32)
    report = aa.compile(Three(), (x, y), loss="mean_squared_error", rules=aa.rules.center(rotate=16)).memory_report("gradients")
    assert sum(row.saved_bytes for row in report.by_layer if row.name in "qkv") == 64 * (4 + 4)


DEEP = [("linear", 64), *[("residual", [("linear", 64), ("gelu", "none"), ("linear", 64)])] * 6, ("linear", 10)]


def test_checkpointed_blocks():
    """The same bits in less memory."""
    x, y = data(DEEP, 64, 512, "cross_entropy", 0)
    whole = aa.compile(build(DEEP, 64), (x, y), loss="cross_entropy", seed=0)
    rules = [("*", aa.rules.exact()), ("[1-6]", aa.rules.checkpoint())]
    blocks = aa.compile(build(DEEP, 64), (x, y), loss="cross_entropy", rules=rules, seed=0)
    for name, value in whole.gradients(x, y).items():
        np.testing.assert_array_equal(blocks.gradients(x, y)[name], value)
    before, after = (prog.memory_report("gradients") for prog in (whole, blocks))
    assert after.saved_bytes < 0.5 * before.saved_bytes
    assert after.peak_bytes < 0.75 * before.peak_bytes


def test_checkpointed_blocks_under_rules():
    """Bits of a sign rule are made again with the rest of the block."""
    x, y = data(DEEP, 64, 64, "cross_entropy", 0)
    one = aa.compile(build(DEEP, 64), (x, y), loss="cross_entropy", rules=aa.rules.asa(), seed=0)
    two = aa.compile(build(DEEP, 64), (x, y), loss="cross_entropy", rules=[("*", aa.rules.asa()), ("[1-6]", aa.rules.checkpoint())], seed=0)
    expected = one.gradients(x, y)
    for name, value in two.gradients(x, y).items():
        np.testing.assert_array_equal(value, expected[name])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: aa.rules.quantized(3), "bits: expected 2, 4 or 8, got 3"),
        (lambda: aa.rules.quantized(4, rotate=16), "rotate: expected 2 bits"),
        (lambda: aa.rules.center(rotate=8), "rotate: expected 16 or 32, got 8"),
        (lambda: aa.rules.center("least-squares", rotate=16), "scale: expected 'ratio' beside rotate"),
        (lambda: aa.rules.quantized(4, group=0), "group: expected a number of elements, 1 or more, got 0"),
        (lambda: aa.rules.derivative_table(8), "bits: expected 1, 2 or 4, got 8"),
        (lambda: aa.rules.saved(aa.rules.sign()), "form: expected quantized"),
    ],
)
def test_bad_arguments(make, says):
    with pytest.raises(ValueError, match=says):
        make()


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([("1", aa.rules.checkpoint()), ("nowhere.*", aa.rules.checkpoint())], "matches no block"),
        ([("nothing", aa.rules.derivative_table(2))], "matches no layer"),
    ],
)
def test_patterns_that_match_nothing(rules, says):
    x, y = data(SMOOTH, 19, 13, "cross_entropy", 0)
    with pytest.raises(aa.CompileError, match=says):
        aa.compile(build(SMOOTH, 19), (x, y), loss="cross_entropy", rules=rules)


def test_reference_forms():
    """The reference itself: a rotation is orthogonal, scales are unbiased along the row, tables beat one level."""
    matrix = reference_forms.rotation(40, 16)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(48), atol=1e-12)
    x = np.random.default_rng(0).normal(size=(6, 40))
    for bits in (1, 2):
        back = reference_forms.rotated(x, 16, bits, lambda z: z > 0)
        padded = np.pad(x, ((0, 0), (0, 8)))
        whole = reference_forms.rotated(padded, 16, bits, lambda z: z > 0)
        np.testing.assert_allclose(whole[:, :40], back)
        np.testing.assert_allclose(np.sum(whole * padded, axis=1), np.sum(x * x, axis=1))
    assert np.max(np.abs(reference_forms.quantised(x, 8) - x)) < np.ptp(x) / 500
    borders, levels = reference_forms.step_function(lambda v: reference.gelu(v, "none")[1], 2)
    assert len(levels) == 2 and abs(borders[0]) < 0.3 and abs(levels.sum() - 1) < 1e-6


def test_the_negative_control_fails():
    """A learned bias a channel as auxiliary (the paper's abandoned idea) does not train, and the harness shows it."""
    generator = np.random.default_rng(0)
    x = generator.normal(size=(256, 24))
    y = (x @ generator.normal(size=(24, 4))).argmax(axis=1)
    layers = [("linear", 48), ("relu",), ("linear", 48), ("relu",), ("linear", 4)]

    def loss_after(kind):
        state = {name: value.astype(np.float64) for name, value in reference.initial_state(layers, 24, 0).items()}
        net = reference.Network(layers, state, [("*", Rule(kind))])
        for _ in range(40):
            _, loss, gradients = net.run(x, y)
            for name, gradient in gradients.items():
                state[name] -= 0.5 * gradient
            for name, gradient in net.bias_gradients.items():
                net.biases[name] -= 0.5 * gradient
        return loss, net

    exact, _ = loss_after("exact")
    control, net = loss_after("learned bias")
    sign, _ = loss_after("center")
    assert exact < 0.4 and sign < 0.6
    assert control > 1.0
    assert all(abs(np.mean(net.indicator[name][0])) < 0.1 for name in ("0", "2"))
