# test_reference.py - the NumPy reference against finite differences
#
# Every promise of learning-rules.md that the reference computes backwards is checked against forward passes
# alone.
"""Finite differences check the reference to 1e-6."""

import numpy as np
import pytest

from reference import (
    Network,
    Optimizer,
    Rule,
    cross_entropy,
    gelu,
    initial_state,
    linear_names,
    relative_error,
)

BLOCK = [("linear", 9), ("relu",), ("linear", 6)]
NETWORKS = {
    "one layer": [("linear", 4)],
    "perceptron": [("linear", 6), ("relu",), ("linear", 7, False), ("gelu", "none"), ("linear", 4)],
    "residual": [
        ("linear", 6),
        ("residual", BLOCK),
        ("relu",),
        ("residual", BLOCK),
        ("gelu", "tanh"),
        ("linear", 4),
    ],
}
RULES = {
    "exact": Rule(),
    "recompute": Rule("recompute"),
    "sign": Rule("sign"),
    "sign, large": Rule("sign", epsilon=0.3, gain=2.0),
    "sign, mean-abs": Rule("sign", gain="mean-abs"),
    "sign, nonnegative": Rule("sign", nonnegative=True),
    "sign, nonnegative, mean-abs": Rule("sign", nonnegative=True, gain="mean-abs"),
    "center": Rule("center"),
    "center, least squares": Rule("center", scale="least-squares"),
}


def network(layers, rules, loss, seed=0, rows=5, features=8):
    """A network in float64 whose loss has no kink near, with an input and a target."""
    generator = np.random.default_rng(seed)
    state = {name: value.astype(np.float64) for name, value in initial_state(layers, features, seed).items()}
    x = generator.normal(size=(rows, features))
    y = generator.integers(0, 4, rows) if loss == "cross_entropy" else generator.normal(size=(rows, 4))
    net = Network(layers, state, rules, loss=loss, label_smoothing=0.1 if loss == "cross_entropy" else 0.0)
    for name in linear_names(layers):
        net.means[name] = generator.normal(size=state[f"{name}.weight"].shape[1]) * 0.3
    return net, x, y


def slope(value, array, direction, step=1e-5):
    """Central difference of `value()` in `array` along `direction`."""
    start = array.copy()
    array[...] = start + step * direction
    above = value()
    array[...] = start - step * direction
    below = value()
    array[...] = start
    return (above - below) / (2 * step)


def differences(value, array):
    """The whole gradient of `value()` in `array`, element by element."""
    result = np.zeros_like(array)
    for index in np.ndindex(array.shape):
        direction = np.zeros_like(array)
        direction[index] = 1.0
        result[index] = slope(value, array, direction)
    return result


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("name", NETWORKS)
def test_exact_gradients(name, loss):
    net, x, y = network(NETWORKS[name], [("*", Rule())], loss)
    _, _, gradients = net.run(x, y)
    assert set(gradients) == set(net.state)
    for parameter, gradient in gradients.items():
        assert relative_error(gradient, differences(lambda: net.run(x, y)[1], net.state[parameter])) <= 1e-6
    net.run(x, y)
    assert relative_error(net.input_gradient, differences(lambda: net.run(x, y)[1], x)) <= 1e-6


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", NETWORKS)
def test_rule_gradients(name, rule):
    """Bias and input gradients are exact under every rule; the weight's is the derivative of a weight that
    multiplies the auxiliary."""
    net, x, y = network(NETWORKS[name], [("*", RULES[rule])], "cross_entropy", seed=3)
    _, _, gradients = net.run(x, y)
    for layer in linear_names(net.layers):
        weight = net.state[f"{layer}.weight"]
        net.probes = {layer: np.zeros_like(weight)}
        expected = differences(lambda: net.run(x, y)[1], net.probes[layer])
        net.probes = {}
        assert relative_error(gradients[f"{layer}.weight"], expected) <= 1e-6
        if f"{layer}.bias" in net.state:
            expected = differences(lambda: net.run(x, y)[1], net.state[f"{layer}.bias"])
            assert relative_error(gradients[f"{layer}.bias"], expected) <= 1e-6
    net.run(x, y)
    if rule != "exact":
        assert relative_error(net.input_gradient, differences(lambda: net.run(x, y)[1], x)) <= 1e-6


def test_residual_rule():
    layers = NETWORKS["residual"]
    net, x, y = network(layers, [("3.0", Rule("residual", source="1.0")), ("*", Rule())], "cross_entropy", seed=1)
    _, _, gradients = net.run(x, y)
    for layer in linear_names(layers):
        net.probes = {layer: np.zeros_like(net.state[f"{layer}.weight"])}
        expected = differences(lambda: net.run(x, y)[1], net.probes[layer])
        net.probes = {}
        assert relative_error(gradients[f"{layer}.weight"], expected) <= 1e-6
    exact = Network(layers, net.state, label_smoothing=0.1).run(x, y)[2]
    changed = [name for name in gradients if relative_error(gradients[name], exact[name]) > 1e-9]
    assert changed == ["3.0.weight"]


def test_sign_of_zeros():
    """s is -1 at 0, -0.0 and NaN, and 0 there under nonnegative."""
    x = np.array([[0.0, -0.0, np.nan, 1.0, -1.0, np.inf, -np.inf]])
    net = Network([("linear", 1)], {"0.weight": np.ones((1, 7))})
    assert net._auxiliary("0", Rule("sign", epsilon=1.0), x)[1].tolist() == [[-1, -1, -1, 1, -1, 1, -1]]
    assert net._auxiliary("0", Rule("sign", epsilon=1.0, nonnegative=True), x)[1].tolist() == [[0, 0, 0, 1, 0, 1, 0]]


def test_own_bits_only_in_doubt():
    x = np.array([[1e-7, 1.0, -1e-7, -1.0]])
    net = Network([("linear", 1)], {"0.weight": np.ones((1, 4))}, own={"0": np.array([[0, 0, 1, 1]])})
    assert net.positive("0", x).tolist() == [[False, True, True, False]]
    assert net.near == 2


@pytest.mark.parametrize("rule", ["sign", "sign, mean-abs", "sign, nonnegative"])
def test_indicator_is_positive(rule):
    """The sign rule's indicator is positive for every input but rows without a positive element under
    nonnegative."""
    net, x, y = network(NETWORKS["residual"], [("*", RULES[rule])], "cross_entropy", seed=5)
    net.run(x, y)
    for layer, (stored, _) in net.indicator.items():
        if rule == "sign, nonnegative" and np.any(net.inputs[layer] < 0):
            continue
        assert np.all(stored > 0), layer


def test_indicator_of_exact_is_one():
    net, x, y = network(NETWORKS["one layer"], [("*", Rule())], "cross_entropy")
    net.run(x, y)
    stored, applied = net.indicator["0"]
    np.testing.assert_allclose(stored, 1.0, rtol=1e-6)
    np.testing.assert_allclose(applied, 1.0, rtol=1e-6)


@pytest.mark.parametrize("approximate", ["none", "tanh"])
def test_gelu_slope(approximate):
    x = np.linspace(-4, 4, 41)
    expected = (gelu(x + 1e-5, approximate)[0] - gelu(x - 1e-5, approximate)[0]) / 2e-5
    assert relative_error(gelu(x, approximate)[1], expected) <= 1e-8


def test_cross_entropy_is_stable():
    loss, gradient = cross_entropy(np.array([[1000.0, -1000.0]]), np.array([1]), 0.0)
    assert loss == 2000.0 and np.all(np.isfinite(gradient))


@pytest.mark.parametrize(
    "optimizer",
    [
        Optimizer(lr=0.1),
        Optimizer(lr=0.1, momentum=0.9, weight_decay=0.01),
        Optimizer(lr=0.1, momentum=0.9, nesterov=True),
        Optimizer("adamw", lr=0.05, weight_decay=0.1),
        Optimizer(lr=0.1, clip_grad_norm=0.5),
    ],
    ids=lambda optimizer: f"{optimizer.kind} {optimizer.momentum} {optimizer.nesterov} {optimizer.clip_grad_norm}",
)
def test_optimizers_by_hand(optimizer):
    """Two steps on one number, by the formulas written out."""
    state, values = {"p": np.array([2.0])}, []
    for gradient in (3.0, -1.0):
        optimizer.step(state, {"p": np.array([gradient])})
        values.append(float(state["p"][0]))
    lr, decay = optimizer.lr, optimizer.weight_decay
    if optimizer.kind == "adamw":
        one = 2.0 * (1 - lr * decay) - lr * 3.0 / (3.0 + 1e-8)
        m, v = 0.9 * 0.1 * 3.0 - 0.1, 0.999 * 0.001 * 9.0 + 0.001
        two = one * (1 - lr * decay) - lr * (m / (1 - 0.81)) / (np.sqrt(v / (1 - 0.999**2)) + 1e-8)
    elif optimizer.clip_grad_norm:
        one = 2.0 - lr * 3.0 * 0.5 / (3.0 + 1e-6)
        two = one + lr * 0.5 / (1.0 + 1e-6)
    elif optimizer.nesterov:
        one = 2.0 - lr * (3.0 + 0.9 * 3.0)
        two = one - lr * (-1.0 + 0.9 * (0.9 * 3.0 - 1.0))
    else:
        first = 3.0 + decay * 2.0
        one = 2.0 - lr * first
        second = -1.0 + decay * one
        two = one - lr * (optimizer.momentum * first + second)
    np.testing.assert_allclose(values, [one, two], rtol=1e-12)
