# test_cuda_norms.py - normalizations, activations and random numbers on the CUDA target, through the executor
"""Steps of small networks on the GPU target agree with the CPU's; no GPU takes part."""

import numpy as np
import pytest

import auxact as aa
import reference
from cuda import TARGET, require_driver

require_driver()

nn = aa.nn
F = nn.functional


class Block(nn.Module):
    """A branch that is dropped by elements and by samples, about a normalization."""

    def __init__(self, norm, activation, width):
        super().__init__()
        self.norm, self.up, self.down = norm, nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.activation, self.dropout, self.path = activation, nn.Dropout(0.2), nn.DropPath(0.3)

    def forward(self, x):
        return x + self.path(self.dropout(self.down(self.activation(self.up(self.norm(x))))))


def rows(width):
    return [
        nn.Sequential(Block(nn.LayerNorm(width), nn.SiLU(), width), Block(nn.RMSNorm(width), nn.Tanh(), width), nn.Softmax()),
        (6, 5, width),
    ]


def images(width):
    return [
        nn.Sequential(Block(nn.BatchNorm2d(width), nn.Sigmoid(), width), Block(nn.GroupNorm(3, width), nn.ReLU(), width)),
        (6, 4, 3, width),
    ]


def long_columns(width):
    """So many rows that columns are summed in segments."""
    return [nn.Sequential(nn.BatchNorm2d(width), nn.LayerNorm(width)), (8, 16, 8, width)]


@pytest.mark.parametrize(("make", "width"), [(rows, 33), (images, 24), (long_columns, 64)])
def test_training_agrees_with_the_cpu(make, width):
    network, shape = make(width)
    generator = np.random.default_rng(0)
    x, y = (generator.normal(0.5, 1.0, shape).astype(np.float32) for _ in range(2))
    programs = [
        aa.compile(network, (x, y), loss="mean_squared_error", optimizer=aa.optim.AdamW(1e-2), target=target, seed=7, **options)
        for target, options in (("cpu", {}), (TARGET, {"images": ["nvvm"]}))
    ]
    for _ in range(3):
        host, device = (program.step(x, y)["loss"] for program in programs)
        assert device == pytest.approx(host, rel=1e-5)
    host, device = (program.state_dict() for program in programs)
    for name, value in host.items():
        # Adam divides a gradient by its own size: where it is near 0 its sign is noise.
        assert reference.relative_error(device[name], value) <= 1e-3, name
    assert reference.relative_error(programs[1].predict(x), programs[0].predict(x)) <= 1e-4
