# test_convolution.py - convolutions and poolings against PyTorch
"""Forward passes and gradients of convolutions under every rule, and of poolings, against torch's."""

import numpy as np
import pytest

import auxact as aa
import reference

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make check-torch` installs it and runs these")
pytestmark = pytest.mark.torch
nn, F = aa.nn, aa.nn.functional

EPSILON, GAIN = 0.01, 100.0


def gradients(x, weight, delta, options):
    """Of a convolution by its input and its weight."""
    with torch.enable_grad():
        x, weight = x.detach().requires_grad_(), weight.detach().requires_grad_()
        return torch.autograd.grad(torch.nn.functional.conv2d(x, weight, None, **options), (x, weight), delta)


class RuledConv2d(torch.autograd.Function):
    """A convolution whose weight gradient reads ``auxiliary`` in the input's place; torch's layouts."""

    @staticmethod
    def forward(ctx, x, auxiliary, weight, options):
        ctx.save_for_backward(auxiliary, weight)
        ctx.options = options
        return torch.nn.functional.conv2d(x, weight, None, **options)

    @staticmethod
    def backward(ctx, delta):
        auxiliary, weight = ctx.saved_tensors
        toward_input, toward_weight = gradients(auxiliary, weight, delta, ctx.options)
        return toward_input, None, toward_weight, None


def signs_of(h):
    return torch.where(h > 0, 1.0, -1.0).to(h.dtype).detach()


def centered(h):
    """x - mu in signs of one length, and mu, which is 0 before the first step: what `center` keeps."""
    return h.square().sum() / h.abs().sum() * signs_of(h)


def nchw(array):
    return torch.from_numpy(np.ascontiguousarray(np.transpose(array, (0, 3, 1, 2)))).double()


class Net(nn.Module):
    """A pointwise convolution, so that input gradients are seen, the one to test, and one that shares with it."""

    def __init__(self, channels, out, size, options):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 1)
        self.conv = nn.Conv2d(channels, out, size, **options)
        self.last = nn.Conv2d(out, 3, 1)

    def forward(self, x):
        return self.last(F.relu(self.conv(F.relu(self.first(x)))))


def torch_net(state, x, rule, options):
    """The same in float64; returns the prediction and the parameters."""
    parameters = {name: (nchw(value) if value.ndim == 4 else torch.from_numpy(value).double()).requires_grad_() for name, value in state.items()}

    def conv(name, h, **options):
        weight, bias = parameters[f"{name}.weight"], parameters[f"{name}.bias"]
        seen = auxiliary = h
        if rule == "sign":
            signs = signs_of(h)
            seen, auxiliary = h + EPSILON * signs, EPSILON * GAIN * signs
        if rule == "center":
            auxiliary = centered(h.detach())
        if rule == "residual" and name == "conv":
            auxiliary = x
        return RuledConv2d.apply(seen, auxiliary.detach(), weight, options) + bias[:, None, None]

    hidden = torch.relu(conv("first", x))
    return conv("last", torch.relu(conv("conv", hidden, **options))), parameters


def check_gradients(prog, x, y, prediction, parameters, target):
    """The program's prediction and gradients against those of torch's graph; weights are in torch's layout."""
    got = prog.predict(x)
    expected = prediction.detach().numpy()
    if expected.ndim == 4:
        expected = np.transpose(expected, (0, 2, 3, 1))
    assert reference.relative_error(got, expected) <= 1e-5
    torch.mean((prediction - target) ** 2).backward()
    gradients = prog.gradients(x, y)
    for name, parameter in parameters.items():
        gradient = parameter.grad.numpy()
        if gradient.ndim == 4:
            gradient = np.transpose(gradient, (0, 2, 3, 1))
        assert reference.relative_error(gradients[name], gradient) <= 1e-4, name


CONVOLUTIONS = {
    "1x1": (5, 7, 1, {}),
    "1x1, strided": (16, 8, 1, {"stride": 2}),
    "3x3": (16, 20, 3, {"padding": 1}),
    "3x3, strided": (8, 6, 3, {"stride": 2, "padding": 1}),
    "3x3, dilated": (5, 4, 3, {"padding": 2, "dilation": 2}),
    "7x7": (3, 16, 7, {"stride": 2, "padding": 3}),
    "5x2": (6, 5, (5, 2), {"stride": (3, 1), "padding": (1, 0)}),
    "grouped": (6, 9, 3, {"stride": 2, "padding": 1, "groups": 3}),
    "depthwise": (20, 20, 3, {"padding": 1, "groups": 20}),
}


RULED = [(name, rule) for rule in ("sign", "center", "residual") for name in ("1x1, strided", "3x3", "depthwise")]


@pytest.mark.parametrize(("name", "rule"), [*((name, "exact") for name in CONVOLUTIONS), *RULED])
def test_convolution(name, rule):
    channels, out, size, options = CONVOLUTIONS[name]
    generator = np.random.default_rng(3)
    x = generator.standard_normal((2, 9, 11, channels)).astype(np.float32)
    model = Net(channels, out, size, options)
    shape = torch_net({k: v for k, v in model.initial_state().items()}, nchw(x), "exact", options)[0].shape
    y = generator.standard_normal((shape[0], shape[2], shape[3], shape[1])).astype(np.float32)
    rules = {
        "exact": [],
        "sign": [("*", aa.rules.sign(EPSILON, GAIN))],
        "center": [("*", aa.rules.center())],
        "residual": [("conv", aa.rules.residual("first"))],
    }[rule]
    prog = aa.compile(model, (x, y), loss="mean_squared_error", rules=rules)
    prediction, parameters = torch_net(prog.state_dict(), nchw(x), rule, options)
    check_gradients(prog, x, y, prediction, parameters, nchw(y))


@pytest.mark.parametrize("name", ["1x1", "3x3", "grouped"])
def test_mean_beside_the_padding(name):
    """After a step `center` has a mean, whose gradient is exact: the padding does not count as the mean."""
    channels, out, size, options = CONVOLUTIONS[name]
    generator = np.random.default_rng(4)
    x = (generator.standard_normal((2, 9, 11, channels)) + 1).astype(np.float32)
    model = Net(channels, out, size, options)
    shape = torch_net(model.initial_state(), nchw(x), "exact", options)[0].shape
    y = generator.standard_normal((shape[0], shape[2], shape[3], shape[1])).astype(np.float32)
    rules = [("conv", aa.rules.center()), ("*", aa.rules.exact())]
    prog = aa.compile(model, (x, y), loss="mean_squared_error", rules=rules, optimizer=aa.optim.SGD(1e-3))

    def activation(state):
        weight, bias = nchw(state["first.weight"]), torch.from_numpy(state["first.bias"]).double()
        return torch.relu(torch.nn.functional.conv2d(nchw(x), weight, bias))

    mean = activation(prog.state_dict()).mean((0, 2, 3), keepdim=True)
    prog.step(x, y)
    state = prog.state_dict()
    h = activation(state)
    seen = mean + centered(h - mean)
    weight = nchw(state["conv.weight"])
    got = prog.gradients(x, y)["conv.weight"]
    _, parameters = torch_net(
        {key: state[key] for key in ("first.weight", "first.bias", "conv.weight", "conv.bias", "last.weight", "last.bias")}, nchw(x), "exact", options
    )
    hidden = torch.relu(torch.nn.functional.conv2d(h, weight, parameters["conv.bias"].detach(), **options)).requires_grad_()
    torch.mean((torch.nn.functional.conv2d(hidden, parameters["last.weight"], parameters["last.bias"]) - nchw(y)) ** 2).backward()
    delta = hidden.grad * (hidden > 0)
    expected = gradients(seen, weight, delta, options)[1].numpy()
    assert reference.relative_error(got, np.transpose(expected, (0, 2, 3, 1))) <= 1e-4


class Pooled(nn.Module):
    def __init__(self, pool):
        super().__init__()
        self.conv = nn.Conv2d(3, 20, 1)
        self.pool = pool

    def forward(self, x):
        return self.pool(self.conv(x))


POOLINGS = {
    "max, 3x3": (nn.MaxPool2d(3, stride=2, padding=1), torch.nn.MaxPool2d(3, stride=2, padding=1)),
    "max, 2x2": (nn.MaxPool2d(2), torch.nn.MaxPool2d(2)),
    "max, overlapping": (nn.MaxPool2d((2, 5), stride=1, padding=(0, 2)), torch.nn.MaxPool2d((2, 5), stride=1, padding=(0, 2))),
    "average, 2x2": (nn.AvgPool2d(2), torch.nn.AvgPool2d(2)),
    "average, 3x3": (nn.AvgPool2d(3, stride=2, padding=1), torch.nn.AvgPool2d(3, stride=2, padding=1)),
    "average of all": (nn.AdaptiveAvgPool2d(1), torch.nn.AdaptiveAvgPool2d(1)),
}


@pytest.mark.parametrize("name", POOLINGS)
def test_pooling(name):
    ours, theirs = POOLINGS[name]
    generator = np.random.default_rng(5)
    x = generator.standard_normal((2, 7, 10, 3)).astype(np.float32)
    # Many equal elements: the first of them counts.
    x[:, :, ::2] = np.round(x[:, :, ::2])
    shape = theirs(torch.zeros(2, 20, 7, 10)).shape
    y = generator.standard_normal((shape[0], shape[2], shape[3], shape[1])).astype(np.float32)
    prog = aa.compile(Pooled(ours), (x, y), loss="mean_squared_error")
    state = prog.state_dict()
    parameters = {"conv.weight": nchw(state["conv.weight"]).requires_grad_(), "conv.bias": torch.from_numpy(state["conv.bias"]).double().requires_grad_()}
    prediction = theirs(torch.nn.functional.conv2d(nchw(x), parameters["conv.weight"], parameters["conv.bias"]))
    check_gradients(prog, x, y, prediction, parameters, nchw(y))


def test_bad_shapes():
    x = np.zeros((2, 4, 4, 3), np.float32)
    with pytest.raises(aa.ShapeError, match="does not fit an image of"):
        aa.compile(nn.Conv2d(3, 4, 7), (x,))
    with pytest.raises(aa.ShapeError, match="takes 5 channels, the input has 3"):
        aa.compile(nn.Conv2d(5, 4, 1), (x,))
    with pytest.raises(aa.ShapeError, match="2 groups do not divide 3 channels"):
        nn.Conv2d(3, 4, 1, groups=2)
    with pytest.raises(aa.ShapeError, match="stride to be one or two integers"):
        nn.Conv2d(3, 4, 1, stride=0)
    with pytest.raises(aa.ShapeError, match="at most half the window"):
        aa.compile(nn.MaxPool2d(2, padding=2), (x,))
