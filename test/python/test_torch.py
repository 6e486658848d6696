# test_torch.py - comparisons with PyTorch, a set of its own (`make check-torch`)
"""Exact programs against torch.nn and torch.optim; torch's tensors as inputs."""

import numpy as np
import pytest

import auxact as aa
import reference
from support import build, data

torch = pytest.importorskip("torch", reason="PyTorch is not installed; `make check-torch` installs it and runs these")
pytestmark = pytest.mark.torch

LAYERS = [
    ("linear", 65),
    ("relu",),
    ("linear", 33),
    ("gelu", "none"),
    ("linear", 17),
    ("gelu", "tanh"),
    ("linear", 10),
]
FEATURES, ROWS = 50, 32


def torch_model():
    made, width = [], FEATURES
    for layer in LAYERS:
        if layer[0] == "linear":
            made.append(torch.nn.Linear(width, layer[1]))
            width = layer[1]
        else:
            made.append(torch.nn.ReLU() if layer[0] == "relu" else torch.nn.GELU(approximate=layer[1]))
    return torch.nn.Sequential(*made)


def both(loss="cross_entropy", optimizer=None, **options):
    x, y = data(LAYERS, FEATURES, ROWS, loss, 0)
    prog = aa.compile(build(LAYERS, FEATURES), (x, y), loss=loss, optimizer=optimizer, **options)
    model = torch_model()
    model.load_state_dict({name: torch.from_numpy(value) for name, value in prog.state_dict().items()})
    return prog, model, x, y


def torch_loss(model, x, y, loss="cross_entropy", smoothing=0.0):
    output = model(torch.from_numpy(x))
    if loss == "cross_entropy":
        return torch.nn.functional.cross_entropy(output, torch.from_numpy(y).long(), label_smoothing=smoothing)
    return torch.nn.functional.mse_loss(output, torch.from_numpy(y))


@pytest.mark.parametrize(("loss", "smoothing"), [("cross_entropy", 0.0), ("cross_entropy", 0.1), ("mean_squared_error", 0.0)])
def test_gradients(loss, smoothing):
    prog, model, x, y = both(loss, label_smoothing=smoothing)
    value = torch_loss(model, x, y, loss, smoothing)
    value.backward()
    assert prog.evaluate(x, y)["loss"] == pytest.approx(value.item(), rel=1e-5)
    gradients = prog.gradients(x, y)
    for name, parameter in model.named_parameters():
        assert reference.relative_error(gradients[name], parameter.grad.numpy()) <= 1e-5, name


OPTIMIZERS = {
    "sgd": (aa.optim.SGD(0.1), lambda p: torch.optim.SGD(p, 0.1)),
    "momentum": (
        aa.optim.SGD(0.05, momentum=0.9, weight_decay=1e-3),
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=1e-3),
    ),
    "nesterov": (
        aa.optim.SGD(0.05, momentum=0.9, nesterov=True),
        lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    ),
    "adam": (
        aa.optim.Adam(1e-3, betas=(0.9, 0.98), weight_decay=0.1),
        lambda p: torch.optim.Adam(p, 1e-3, betas=(0.9, 0.98), weight_decay=0.1),
    ),
    "adamw": (aa.optim.AdamW(1e-3, weight_decay=0.1), lambda p: torch.optim.AdamW(p, 1e-3, weight_decay=0.1)),
    "clipped": (aa.optim.SGD(0.1, clip_grad_norm=0.2), lambda p: torch.optim.SGD(p, 0.1)),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_trajectories(name):
    """Twenty steps on twenty batches: losses and parameters stay together."""
    described, make = OPTIMIZERS[name]
    prog, model, _, _ = both(optimizer=described)
    optimizer = make(model.parameters())
    for step in range(20):
        x, y = data(LAYERS, FEATURES, ROWS, "cross_entropy", 100 + step)
        optimizer.zero_grad()
        loss = torch_loss(model, x, y)
        loss.backward()
        if described.clip_grad_norm is not None:
            torch.nn.utils.clip_grad_norm_(model.parameters(), described.clip_grad_norm)
        optimizer.step()
        assert prog.step(x, y)["loss"] == pytest.approx(loss.item(), rel=1e-4)
    state = prog.state_dict()
    for parameter, value in model.named_parameters():
        assert reference.relative_error(state[parameter], value.detach().numpy()) <= 1e-4, parameter


def test_first_values_have_torchs_distribution():
    ours = aa.nn.Linear(400, 300).initial_state(0)
    theirs = torch.nn.Linear(400, 300)
    for name, value in (("weight", theirs.weight), ("bias", theirs.bias)):
        value = value.detach().numpy()
        assert ours[name].std() == pytest.approx(value.std(), rel=0.1)
        assert np.abs(ours[name]).max() == pytest.approx(np.abs(value).max(), rel=0.02)


def test_tensors_go_in_without_a_copy():
    from auxact._arrays import fit_input

    x = torch.ones(3, 4)
    assert fit_input(x, {"name": "x", "dtype": "f32", "shape": (3, 4)}).ctypes.data == x.data_ptr()
    assert fit_input(x.requires_grad_(), {"name": "x", "dtype": "f32", "shape": (3, 4)}).ctypes.data == x.data_ptr()
    with pytest.raises(aa.DTypeError, match="bfloat16"):
        fit_input(torch.ones(3, 4, dtype=torch.bfloat16), {"name": "x", "dtype": "f32", "shape": (3, 4)})
    with pytest.raises(aa.DTypeError, match="expected float32, got float64"):
        fit_input(torch.ones(3, 4, dtype=torch.float64), {"name": "x", "dtype": "f32", "shape": (3, 4)})
    with pytest.raises(aa.DeviceError):
        fit_input(torch.ones(3, 4, device="meta"), {"name": "x", "dtype": "f32", "shape": (3, 4)})


def test_a_step_takes_tensors():
    prog, _, x, y = both(optimizer=aa.optim.SGD(0.1))
    other, _, _, _ = both(optimizer=aa.optim.SGD(0.1))
    # int64 labels, as torch has them.
    assert prog.step(torch.from_numpy(x), torch.from_numpy(y).long())["loss"] == other.step(x, y)["loss"]
