# test_token_linear.py - layers over tokens, against NumPy and PyTorch
"""The layer that mixes tokens: every rule against NumPy written out, exact against PyTorch, errors."""

import math

import numpy as np
import pytest

import auxact as aa
from auxact.nn import functional as F
from reference import relative_error

BATCH, TOKENS, INNER, FEATURES = 3, 13, 21, 17


class Mixer(aa.nn.Module):
    """A residual block over tokens, as an MLP-Mixer has it."""

    def __init__(self):
        super().__init__()
        self.up = aa.nn.TokenLinear(TOKENS, INNER)
        self.down = aa.nn.TokenLinear(INNER, TOKENS, bias=False)

    def forward(self, x):
        return x + self.down(F.gelu(self.up(x)))


def data(batch=BATCH):
    generator = np.random.default_rng(batch)
    return (generator.normal(size=(batch, TOKENS, FEATURES)).astype(np.float32) for _ in range(2))


def gelu(z):
    """The value and the derivative."""
    distribution = 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))
    return z * distribution, distribution + z * np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def reference(state, x, y, auxiliary):
    """Prediction, loss and gradients; `auxiliary` makes of a layer's input what the layer sees, and what its weight gradient reads."""
    up, bias, down = (state[name].astype(float) for name in ("up.weight", "up.bias", "down.weight"))
    x, y = x.astype(float), y.astype(float)
    seen, kept = auxiliary(x)
    hidden, slope = gelu(up @ seen + bias[:, None])
    seen_hidden, kept_hidden = auxiliary(hidden)
    prediction = x + down @ seen_hidden
    delta = 2 * (prediction - y) / y.size
    delta_hidden = (down.T @ delta) * slope
    gradients = {
        "down.weight": np.einsum("btc,bsc->ts", delta, kept_hidden),
        "up.weight": np.einsum("btc,bsc->ts", delta_hidden, kept),
        "up.bias": delta_hidden.sum((0, 2)),
    }
    return prediction, ((prediction - y) ** 2).mean(), gradients


def sign(epsilon, gain):
    def auxiliary(h):
        s = np.where(h > 0, epsilon, -epsilon)
        scale = np.abs(h).mean() / epsilon if gain == "mean-abs" else gain
        return h + s, scale * s

    return auxiliary


RULES = {
    "exact": (aa.rules.exact(), lambda h: (h, h)),
    "sign": (aa.rules.sign(), sign(0.01, 100.0)),
    "sign, large": (aa.rules.sign(0.25, 2.0), sign(0.25, 2.0)),
    "sign, mean-abs": (aa.rules.sign(0.01, "mean-abs"), sign(0.01, "mean-abs")),
}


@pytest.mark.parametrize("batch", [BATCH, 1])
@pytest.mark.parametrize("rule", RULES)
def test_rules(rule, batch):
    described, auxiliary = RULES[rule]
    x, y = data(batch)
    prog = aa.compile(Mixer(), (x, y), loss="mean_squared_error", rules=[("*", described)])
    prediction, loss, gradients = reference(prog.state_dict(), x, y, auxiliary)
    assert relative_error(prog.predict(x), prediction) <= 1e-5
    assert prog.evaluate(x, y)["loss"] == pytest.approx(loss, rel=1e-5)
    actual = prog.gradients(x, y)
    assert set(actual) == set(gradients)
    errors = {name: relative_error(actual[name], gradients[name]) for name in gradients}
    assert max(errors.values()) <= 1e-5, errors


def test_the_mean_is_one_of_features():
    """The mean that a centred rule takes off, and multiplies exactly, is that of each feature in the step before."""
    x, y = data()
    # A rate of nearly nothing: the second step has the first one's parameters, and its means.
    prog = aa.compile(Mixer(), (x, y), loss="mean_squared_error", optimizer=aa.optim.SGD(1e-30), rules=[("*", aa.rules.center())])
    prog.step(x, y)

    def auxiliary(h):
        mean = h.mean((0, 1))
        rest = h - mean
        scale = (rest**2).sum() / np.abs(rest).sum()
        return h, mean + scale * np.where(rest > 0, 1.0, -1.0)

    _, _, gradients = reference(prog.state_dict(), x, y, auxiliary)
    actual = prog.gradients(x, y)
    errors = {name: relative_error(actual[name], gradients[name]) for name in gradients}
    assert max(errors.values()) <= 1e-5, errors


def test_a_sign_rule_keeps_bits():
    x, y = data()
    prog = aa.compile(Mixer(), (x, y), loss="mean_squared_error", rules=[("*", aa.rules.sign())])
    rows = {row.name: row.saved_bytes for row in prog.memory_report("gradients").by_layer}
    # Rows of features are padded to four bytes.
    assert rows["up"] == BATCH * TOKENS * 4 and rows["down"] == BATCH * INNER * 4


def test_another_batch():
    x, y = data()
    prog = aa.compile(Mixer(), (x, y), loss="mean_squared_error")
    np.testing.assert_allclose(prog.predict(x[:1]), prog.predict(x)[:1], rtol=1e-6, atol=1e-6)


@pytest.mark.torch
def test_torch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x, y = data()
    prog = aa.compile(Mixer(), (x, y), loss="mean_squared_error")
    up, down = torch.nn.Linear(TOKENS, INNER), torch.nn.Linear(INNER, TOKENS, bias=False)
    state = {name: torch.from_numpy(value) for name, value in prog.state_dict().items()}
    up.load_state_dict({"weight": state["up.weight"], "bias": state["up.bias"]})
    down.load_state_dict({"weight": state["down.weight"]})
    h = torch.from_numpy(x).transpose(1, 2)
    output = (h + down(torch.nn.functional.gelu(up(h)))).transpose(1, 2)
    torch.nn.functional.mse_loss(output, torch.from_numpy(y)).backward()
    assert relative_error(prog.predict(x), output.detach().numpy()) <= 1e-5
    gradients = prog.gradients(x, y)
    for name, parameter in (("up.weight", up.weight), ("up.bias", up.bias), ("down.weight", down.weight)):
        assert relative_error(gradients[name], parameter.grad.numpy()) <= 1e-4, name


def test_errors():
    x, y = data()
    with pytest.raises(aa.ShapeError, match="takes 12 tokens, the input has 13"):
        aa.compile(aa.nn.TokenLinear(12, 13), (x, y), loss="mean_squared_error")
    with pytest.raises(aa.ShapeError):
        aa.compile(aa.nn.TokenLinear(13, 13), (x[0], y[0]), loss="mean_squared_error")
    with pytest.raises(aa.ShapeError, match="tokens_in"):
        aa.nn.TokenLinear(0, 13)
