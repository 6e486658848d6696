# test_precision.py - mixed precision: what is rounded, what is not, and what it saves
#
# Tight against a reference that rounds where the program must, and to a percent against exact arithmetic.
"""Precisions of a program."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits

import auxact as aa
import reference
from reference import relative_error
from support import PERCEPTRON, RESIDUAL, RULES, assert_gradients, build, from_bfloat16, pair, saved_bits

# A value that is rounded the other way, because float32 sums differ in the last place, moves a gradient so far.
ROUNDED = 3e-4


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("layers", [PERCEPTRON, RESIDUAL], ids=["perceptron", "residual"])
def test_rules(layers, rules):
    prog, net, x, y = pair(layers, 19, 13, RULES[rules], precision="bfloat16")
    assert_gradients(prog, net, x, y, ROUNDED)
    prediction, loss, gradients = net.run(x, y)
    assert relative_error(prog.predict(x), prediction) <= ROUNDED
    assert prog.evaluate(x, y)["loss"] == pytest.approx(loss, rel=ROUNDED)
    # Without any rounding, of the same bits.
    net.rounded, net.doubt = False, 3e-2
    net.own = saved_bits(prog, x, y)
    exact_prediction, exact_loss, exact = net.run(x, y)
    assert 1e-4 < relative_error(prediction, exact_prediction) <= 1e-2
    assert loss == pytest.approx(exact_loss, rel=1e-2)
    everything = [np.concatenate([g[name].ravel() for name in exact]) for g in (gradients, exact)]
    assert relative_error(*everything) <= 1e-2


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_losses_and_gelus(loss, approximate):
    layers = [("linear", 33), ("gelu", approximate), ("linear", 7, False)]
    prog, net, x, y = pair(layers, 5, 9, RULES["exact"], loss, precision="bfloat16")
    assert_gradients(prog, net, x, y, ROUNDED)


@pytest.mark.parametrize(("rows", "features", "width"), [(2, 1, 1), (3, 17, 33), (17, 3, 1000), (65, 64, 128), (64, 1000, 130)])
@pytest.mark.parametrize("target", ["avx2", "cpu"])
def test_odd_sizes(rows, features, width, target):
    layers = [("linear", width), ("relu",), ("linear", 10)]
    for rules in ("exact", "sign", "center"):
        prog, net, x, y = pair(layers, features, rows, RULES[rules], target=target, precision="bfloat16")
        assert_gradients(prog, net, x, y, ROUNDED)


def test_residual_rule():
    rules = [("3.0", reference.Rule("residual", source="1.0")), ("*", reference.Rule())]
    prog, net, x, y = pair(RESIDUAL, 19, 13, rules, precision="bfloat16")
    assert_gradients(prog, net, x, y, ROUNDED)


def test_recompute_starts_from_what_is_kept():
    """A GELU's input is kept in bf16, so that what is made from it again is not quite what the forward pass saw."""
    layers = [("linear", 21), ("gelu", "none"), ("linear", 17), ("gelu", "tanh"), ("linear", 10)]
    prog, net, x, y = pair(layers, 19, 13, [("0", reference.Rule()), ("*", reference.Rule("recompute"))], precision="bfloat16")
    assert_gradients(prog, net, x, y, 1e-2)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    rows=st.integers(2, 40),
    features=st.integers(1, 50),
    widths=st.lists(st.integers(1, 40), min_size=0, max_size=3),
    activation=st.sampled_from([("relu",), ("gelu", "none"), ("gelu", "tanh")]),
    kinds=st.lists(st.sampled_from(["exact", "sign", "center", "sign, mean-abs"]), min_size=6, max_size=6),
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
    rules = [(name, RULES[kind][0][1]) for name, kind in zip(reference.linear_names(layers), kinds, strict=False)]
    prog, net, x, y = pair(layers, features, rows, rules, seed=seed, precision="bfloat16")
    assert_gradients(prog, net, x, y, 2e-3)


def test_one_row():
    """The weight gradient of one row is an outer product, whose factors stay in float32."""
    prog, net, x, y = pair(PERCEPTRON, 19, 1, RULES["exact"], precision="bfloat16")
    net.rounded, net.doubt = False, 3e-2
    assert_gradients(prog, net, x, y, 1e-2)


@pytest.mark.parametrize(
    ("described", "optimizer"),
    [
        (aa.optim.SGD(0.05, momentum=0.9, weight_decay=1e-3), reference.Optimizer(lr=0.05, momentum=0.9, weight_decay=1e-3)),
        (aa.optim.SGD(0.1, clip_grad_norm=0.1), reference.Optimizer(lr=0.1, clip_grad_norm=0.1)),
        (aa.optim.AdamW(1e-2, weight_decay=0.1), reference.Optimizer("adamw", 1e-2, weight_decay=0.1)),
    ],
    ids=["momentum", "clipped", "adamw"],
)
def test_steps(described, optimizer):
    """Five steps: updates far below a unit of bf16 are not lost, as the weights are float32."""
    layers = [("linear", 24), ("gelu", "none"), ("linear", 10)]
    prog, net, x, y = pair(layers, 19, 13, RULES["exact"], optimizer=described, precision="bfloat16")
    start = prog.state_dict()
    for _ in range(5):
        _, loss, gradients = net.run(x, y)
        optimizer.step(net.state, gradients)
        assert prog.step(x, y)["loss"] == pytest.approx(loss, rel=1e-3)
    for name, value in prog.state_dict().items():
        assert value.dtype == np.float32
        assert relative_error(value - start[name], net.state[name] - start[name]) <= 1e-2, name


def test_the_loss_is_the_same_in_every_entry():
    prog, _, x, y = pair(RESIDUAL, 19, 13, RULES["sign"], optimizer=aa.optim.SGD(0.0), precision="bfloat16")
    assert prog.evaluate(x, y)["loss"] == pytest.approx(prog.step(x, y)["loss"], rel=1e-6)


def test_bits_are_taken_before_rounding():
    """1e-41 rounds to 0 in bf16 for some numbers; its bit says what the float32 was."""
    x = np.array([[1e-45, -1e-45, 1e-41, 0.0, 1.0, -1.0, 3e-41, 2.0]] * 4, np.float32)
    y = np.zeros(4, np.int32)
    prog = aa.compile(build([("linear", 3)], 8), (x, y), loss="cross_entropy", rules=aa.rules.asa(), precision="bfloat16")
    np.testing.assert_array_equal(saved_bits(prog, x, y)["0"][:, :8], x > 0)


def test_what_is_kept():
    """Activations in bf16, rounded as the reference rounds; bits as ever; what the loss reads in float32."""
    layers = [("linear", 24), ("gelu", "none"), ("linear", 24), ("relu",), ("linear", 10)]
    prog, net, x, y = pair(layers, 19, 13, [("4", reference.Rule("sign")), ("*", reference.Rule())], precision="bfloat16")
    arrays = prog._session.run("saved", len(x), [x, y], {}, True)
    kept = {name.removeprefix("saved:"): value for name, value in arrays.items()}
    kinds = {value.dtype for name, value in kept.items() if value.ndim == 2}
    assert kinds == {np.dtype(np.uint16), np.dtype(np.int8), np.dtype(np.float32)}
    assert kept["4"].dtype == np.int8 and kept["2"].dtype == np.uint16
    net.run(x, y)
    assert relative_error(from_bfloat16(kept["2"]), reference.round_to_bfloat16(net.inputs["2"])) <= ROUNDED


@pytest.mark.parametrize(("rules", "most"), [("exact", 0.55), ("sign", 0.80)])
def test_memory(rules, most):
    """Activations take half; what exact backpropagation would keep is counted in the same precision."""
    layers = [("linear", 256), ("gelu", "none"), ("linear", 256), ("gelu", "none"), ("linear", 256), ("relu",), ("linear", 10)]
    reports = {}
    for precision in ("float32", "bfloat16"):
        prog, *_ = pair(layers, 128, 4096, RULES[rules], optimizer=aa.optim.SGD(0.1), precision=precision)
        reports[precision] = prog.memory_report()
    half, full = reports["bfloat16"], reports["float32"]
    assert half.saved_bytes <= most * full.saved_bytes
    assert half.peak_bytes <= 0.8 * full.peak_bytes
    exact = [sum(row.exact_bytes for row in report.by_layer) for report in (half, full)]
    assert exact[0] <= 0.55 * exact[1]


def test_tf32_is_float32_on_a_cpu():
    results = []
    for precision in ("float32", "tf32"):
        prog, _, x, y = pair(RESIDUAL, 19, 13, RULES["sign"], optimizer=aa.optim.SGD(0.1), precision=precision)
        prog.step(x, y)
        results.append(prog.state_dict())
    assert 'auxact.precision = "tf32"' in prog.print_ir("kernels")
    for name in results[0]:
        np.testing.assert_array_equal(results[0][name], results[1][name])


def test_threads_do_not_change_bits():
    results = []
    for threads in (1, 2):
        layers = [("linear", 200), ("relu",), ("linear", 10)]
        prog, _, x, y = pair(layers, 300, 257, RULES["sign"], optimizer=aa.optim.SGD(0.1), threads=threads, precision="bfloat16")
        prog.step(x, y)
        results.append(prog.state_dict())
    for name in results[0]:
        np.testing.assert_array_equal(results[0][name], results[1][name])


def test_a_bundle_knows_its_precision(tmp_path):
    prog, _, x, y = pair(PERCEPTRON, 19, 13, RULES["sign"], optimizer=aa.optim.SGD(0.1), precision="bfloat16")
    prog.step(x, y)
    prog.save(tmp_path / "net.auxb")
    loaded = aa.load(tmp_path / "net.auxb")
    assert loaded.step(x, y)["loss"] == prog.step(x, y)["loss"]
    # Compiled after loading.
    assert "bf16" in loaded.print_ir("kernels")
    np.testing.assert_array_equal(loaded.predict(x[:5]), prog.predict(x[:5]))


@pytest.mark.parametrize("rule", [None, aa.rules.asa()], ids=["exact", "sign"])
def test_digits(rule):
    """As accurate as in float32, up to what another seed would change."""
    images, labels = load_digits(return_X_y=True)
    images, labels = (images / 16).astype(np.float32), labels.astype(np.int32)
    training, test = slice(0, 1344), slice(1344, None)
    accuracy = {}
    for precision in ("float32", "bfloat16"):
        model = build([("linear", 96), ("relu",), ("linear", 96), ("relu",), ("linear", 10)], 64)
        rules = None if rule is None else [("0", aa.rules.exact()), ("*", rule)]
        prog = aa.compile(model, (images[:64], labels[:64]), loss="cross_entropy", optimizer=aa.optim.SGD(0.05, momentum=0.9), rules=rules, precision=precision)
        order = np.random.default_rng(0)
        for _ in range(15):
            shuffled = order.permutation(1344)
            for rows in shuffled.reshape(-1, 64):
                prog.step(images[training][rows], labels[training][rows])
        prediction = prog.predict(images[test])
        accuracy[precision] = float(np.mean(np.argmax(prediction, 1) == labels[test]))
    assert accuracy["float32"] > 0.9
    assert accuracy["bfloat16"] == pytest.approx(accuracy["float32"], abs=0.02)


def test_unknown_precision():
    x, y = np.zeros((4, 8), np.float32), np.zeros(4, np.int32)
    with pytest.raises(ValueError, match="precision: expected one of float32, tf32, bfloat16, got 'half'"):
        aa.compile(build([("linear", 3)], 8), (x, y), loss="cross_entropy", precision="half")


def test_a_model_in_bf16_is_an_error(tmp_path):
    path = tmp_path / "model.mlir"
    path.write_text(
        'func.func @f(%x: tensor<4x8xbf16> {auxact.input = "x"}, %w: tensor<3x8xbf16> {auxact.parameter = "w"})'
        ' -> (tensor<4x3xbf16> {auxact.output = "prediction"}) {\n'
        '  %y = auxact.linear %x, %w {name = "0"} : (tensor<4x8xbf16>, tensor<3x8xbf16>) -> tensor<4x3xbf16>\n'
        "  return %y : tensor<4x3xbf16>\n}\n"
    )
    with pytest.raises(aa.CompileError, match=r"expects a model in f32, but .* precision=bfloat16"):
        aa.compile(path)
