# test_torch_norms.py - normalizations, activations and modes against PyTorch
"""Forward passes to 1e-5, gradients to 1e-4, training with running statistics, evaluation, and resuming."""

import numpy as np
import pytest

import auxact as aa
import reference

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make check-torch` installs it and runs these")
pytestmark = pytest.mark.torch

nn = aa.nn

# Our layer, torch's, the features.
ROWS = {
    "layer norm": (lambda n: nn.LayerNorm(n), lambda n: torch.nn.LayerNorm(n)),
    "layer norm, large eps": (lambda n: nn.LayerNorm([n], eps=0.1), lambda n: torch.nn.LayerNorm([n], eps=0.1)),
    "layer norm, no bias": (lambda n: nn.LayerNorm(n, bias=False), lambda n: torch.nn.LayerNorm(n, bias=False)),
    "layer norm, plain": (lambda n: nn.LayerNorm(n, elementwise_affine=False), lambda n: torch.nn.LayerNorm(n, elementwise_affine=False)),
    "rms norm": (lambda n: nn.RMSNorm(n), lambda n: torch.nn.RMSNorm(n)),
    "rms norm, plain": (lambda n: nn.RMSNorm(n, eps=0.1, elementwise_affine=False), lambda n: torch.nn.RMSNorm(n, eps=0.1, elementwise_affine=False)),
    "silu": (lambda n: nn.SiLU(), lambda n: torch.nn.SiLU()),
    "sigmoid": (lambda n: nn.Sigmoid(), lambda n: torch.nn.Sigmoid()),
    "tanh": (lambda n: nn.Tanh(), lambda n: torch.nn.Tanh()),
    "softmax": (lambda n: nn.Softmax(), lambda n: torch.nn.Softmax(-1)),
}


def sequential(layer, features):
    return layer.Sequential(layer.Linear(features[0], features[1]), layer.ReLU(), layer.Linear(features[1], features[2]))


def random_state(state, seed=1):
    """Values that are not 0 and 1, so that a forgotten weight shows; variances stay positive."""
    generator = np.random.default_rng(seed)
    noise = {name: generator.normal(0.0, 0.3, value.shape) for name, value in state.items()}
    return {name: (np.abs(value + noise[name]) if name.endswith("running_var") else value + noise[name]).astype(np.float32) for name, value in state.items()}


def torch_state(state):
    return {name: torch.from_numpy(value) for name, value in state.items()}


def compare(program, model, x, y):
    """Prediction and gradients; the model has torch's layout in every tensor."""
    model.eval()
    expected = model(torch.from_numpy(x)).detach().numpy()
    assert reference.relative_error(program.predict(x), expected) <= 1e-5
    model.train()
    loss = torch.nn.functional.mse_loss(model(torch.from_numpy(x)), torch.from_numpy(y))
    loss.backward()
    gradients = program.gradients(x, y)
    for name, parameter in model.named_parameters():
        assert reference.relative_error(gradients[name], parameter.grad.numpy()) <= 1e-4, name


@pytest.mark.parametrize("shape", [(6, 50), (3, 5, 33)])
@pytest.mark.parametrize("name", ROWS)
def test_rows(name, shape):
    ours, theirs = ROWS[name]
    generator = np.random.default_rng(0)
    x = generator.normal(0.5, 2.0, (*shape[:-1], 17)).astype(np.float32)
    y = generator.normal(0.0, 1.0, (*shape[:-1], 9)).astype(np.float32)
    n = shape[-1]
    network = nn.Sequential(nn.Linear(17, n), ours(n), nn.Linear(n, 9))
    program = aa.compile(network, (x, y), loss="mean_squared_error")
    program.load_state_dict(random_state(program.state_dict()))
    model = torch.nn.Sequential(torch.nn.Linear(17, n), theirs(n), torch.nn.Linear(n, 9))
    model.load_state_dict(torch_state(program.state_dict()))
    compare(program, model, x, y)


@pytest.mark.parametrize("name", ["layer norm", "rms norm"])
def test_mean_far_from_zero(name):
    """A mean of 10⁴ and a deviation of 1: squares' difference would have no digit left."""
    generator = np.random.default_rng(0)
    x = (1e4 + generator.normal(0.0, 1.0, (8, 64))).astype(np.float32)
    program = aa.compile(nn.Sequential(ROWS[name][0](64)), (x, x), loss="mean_squared_error")
    expected = ROWS[name][1](64).double()(torch.from_numpy(x).double()).detach().numpy()
    # The input itself has seven digits.
    assert reference.relative_error(program.predict(x), expected) <= 1e-3


class Images(nn.Module):
    """Linear maps of pixels about a normalization; a bias before it would have no gradient."""

    def __init__(self, layer, norm, channels):
        super().__init__()
        self.first, self.norm, self.second = layer.Linear(5, channels, bias=False), norm, layer.Linear(channels, 3)

    def forward(self, x):
        return self.second(nn.functional.relu(self.norm(self.first(x))))


class TorchImages(torch.nn.Module):
    def __init__(self, norm, channels):
        super().__init__()
        self.first, self.norm, self.second = torch.nn.Linear(5, channels, bias=False), norm, torch.nn.Linear(channels, 3)

    def forward(self, x):
        h = self.norm(self.first(x).permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        return self.second(torch.relu(h))


def images(channels, norm, torch_norm, optimizer=None, shape=(4, 3, 7)):
    generator = np.random.default_rng(0)
    x = generator.normal(1.0, 2.0, (*shape, 5)).astype(np.float32)
    y = generator.normal(0.0, 1.0, (*shape, 3)).astype(np.float32)
    program = aa.compile(Images(nn, norm, channels), (x, y), loss="mean_squared_error", optimizer=optimizer)
    program.load_state_dict(random_state(program.state_dict()))
    model = TorchImages(torch_norm, channels)
    state = {**torch_state(program.state_dict())}
    if isinstance(torch_norm, torch.nn.BatchNorm2d):
        state["norm.num_batches_tracked"] = torch.tensor(0)
    model.load_state_dict(state)
    return program, model, x, y


@pytest.mark.parametrize("channels", [1, 16, 37])
def test_batch_norm(channels):
    compare(*images(channels, nn.BatchNorm2d(channels), torch.nn.BatchNorm2d(channels)))


@pytest.mark.parametrize("name", ["layer norm", "rms norm"])
def test_many_rows(name):
    """Weights' gradients over so many rows are summed in segments."""
    test_rows(name, (2, 256, 128))


def test_batch_norm_of_many_rows():
    """Moments of segments are put together; a channel's mean is far from the others'."""
    program, model, x, y = images(64, nn.BatchNorm2d(64), torch.nn.BatchNorm2d(64), shape=(8, 16, 16))
    x = x + np.arange(8, dtype=np.float32)[:, None, None, None]
    compare(program, model, x, y)


@pytest.mark.parametrize(("groups", "channels"), [(1, 5), (4, 16), (3, 39)])
def test_group_norm(groups, channels):
    compare(*images(channels, nn.GroupNorm(groups, channels), torch.nn.GroupNorm(groups, channels)))


def batch(x, y, step):
    generator = np.random.default_rng(step)
    return (x + generator.normal(0.0, 0.5, x.shape)).astype(np.float32), y


def test_training_with_running_statistics(tmp_path):
    """Ten steps of SGD, a bundle in between: parameters and buffers are torch's throughout, and so is the evaluation."""
    program, model, x, y = images(16, nn.BatchNorm2d(16, momentum=0.3), torch.nn.BatchNorm2d(16, momentum=0.3), aa.optim.SGD(0.1, momentum=0.9))
    optimizer = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    for step in range(10):
        inputs, target = batch(x, y, step)
        if step == 5:
            program.save(tmp_path / "half.aax")
            program = aa.load(tmp_path / "half.aax")
        loss = program.step(inputs, target)["loss"]
        optimizer.zero_grad()
        expected = torch.nn.functional.mse_loss(model(torch.from_numpy(inputs)), torch.from_numpy(target))
        expected.backward()
        optimizer.step()
        assert loss == pytest.approx(expected.item(), rel=1e-4), step
    state = program.state_dict()
    assert set(state) == set(model.state_dict()) - {"norm.num_batches_tracked"}
    for name, value in state.items():
        assert reference.relative_error(value, model.state_dict()[name].numpy()) <= 1e-4, name
    model.eval()
    expected = torch.nn.functional.mse_loss(model(torch.from_numpy(x)), torch.from_numpy(y)).item()
    assert program.evaluate(x, y)["loss"] == pytest.approx(expected, rel=1e-4)


def test_gradients_leave_buffers_alone():
    program, _, x, y = images(4, nn.BatchNorm2d(4), torch.nn.BatchNorm2d(4))
    before = program.state_dict()
    program.gradients(x, y)
    program.predict(x)
    after = program.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_a_single_row_is_evaluated():
    program, model, x, _ = images(4, nn.BatchNorm2d(4), torch.nn.BatchNorm2d(4), shape=(2, 1, 1))
    model.eval()
    expected = model(torch.from_numpy(x[:1])).detach().numpy()
    assert reference.relative_error(program.predict(x[:1]), expected) <= 1e-5
    assert np.isfinite(program.evaluate(x[:1], np.zeros((1, 1, 1, 3), np.float32))["loss"])
    with pytest.raises(aa.ShapeError, match="more than one value a feature"):
        aa.compile(nn.Sequential(nn.BatchNorm2d(4)), (np.zeros((1, 1, 1, 4), np.float32),) * 2, loss="mean_squared_error")
