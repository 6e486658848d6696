# test_cuda_tokens.py - tables, arrangements and the fused loss on the CUDA target, through the executor
"""Steps of small networks over tokens on the GPU target agree with the CPU's; no GPU takes part."""

import numpy as np
import pytest

import auxact as aa
import reference
from cuda import TARGET, require_driver

require_driver()

nn, F = aa.nn, aa.nn.functional
BATCH, TOKENS, FEATURES, ROWS = 3, 5, 24, 600


class Network(nn.Module):
    """Words, positions and a class token; a table that is the last layer's weight too."""

    def __init__(self, fused):
        super().__init__()
        self.embed = nn.Embedding(ROWS, FEATURES, padding_idx=0)
        self.positions = nn.Parameter((TOKENS + 1, FEATURES), np.linspace(-1, 1, (TOKENS + 1) * FEATURES).reshape(TOKENS + 1, -1))
        self.token = nn.Parameter((1, FEATURES), np.ones((1, FEATURES)))
        self.inner = nn.Linear(FEATURES, FEATURES)
        self.fused = fused

    def forward(self, words, labels):
        x = F.cat([self.get(self.token), self.embed(words)], 1) + self.get(self.positions)
        x = F.narrow(F.gelu(self.inner(x)), 1, 1, TOKENS)
        weight = self.get(self.embed.weight)
        if self.fused:
            return x, F.linear_cross_entropy(x, weight, labels, label_smoothing=0.1, ignore_index=-100, chunk=256)
        logits = F.linear(x, weight)
        return logits, F.cross_entropy(logits, labels, label_smoothing=0.1, ignore_index=-100)


@pytest.mark.parametrize("fused", [False, True])
def test_training_agrees_with_the_cpu(fused):
    generator = np.random.default_rng(0)
    words = generator.integers(0, ROWS, (BATCH, TOKENS)).astype(np.int32)
    labels = generator.integers(0, ROWS, (BATCH, TOKENS)).astype(np.int32)
    words[0, 0], labels[0, :2] = 0, -100
    programs = [
        aa.compile(Network(fused), (words, labels), optimizer=aa.optim.SGD(0.1, momentum=0.9), target=target, **options)
        for target, options in (("cpu", {}), (TARGET, {"images": ["nvvm"]}))
    ]
    for _ in range(3):
        host, device = (program.step(words, labels)["loss"] for program in programs)
        assert device == pytest.approx(host, rel=1e-5)
    host, device = (program.state_dict() for program in programs)
    for name, value in host.items():
        assert reference.relative_error(device[name], value) <= 1e-5, name
    with pytest.raises(aa.InputError, match="words"):
        programs[1].step(words + ROWS, labels)
