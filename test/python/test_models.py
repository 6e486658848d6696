# test_models.py - networks of auxact.models against PyTorch's, by random state dicts
"""Names, layouts and logits of every family; gradients under the exact rule."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest

import auxact as aa
import reference

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import torch_models as tm  # noqa: E402 - needs torch

pytestmark = pytest.mark.torch

IMAGES = {"num_classes": 7, "image_size": 16, "patch_size": 4, "dim": 24, "depth": 2}
WORDS = {"vocab_size": 31, "dim": 16, "depth": 2, "heads": 2, "max_length": 12, "drop_rate": 0.0}


def images(size, rows=4):
    return (np.random.default_rng(3).normal(size=(rows, size, size, 3)).astype(np.float32),)


def tokens(rows=3, length=9, kinds=False, mask=False):
    generator = np.random.default_rng(4)
    inputs = [generator.integers(1, 31, (rows, length)).astype(np.int32)]
    if mask:
        inputs.append((np.arange(length)[None, :] < np.array([length, 5, 2])[:, None]).astype(np.int32))
    if kinds:
        inputs.append(generator.integers(0, 2, (rows, length)).astype(np.int32))
    return tuple(inputs)


def sentences():
    generator = np.random.default_rng(5)
    src = generator.integers(1, 31, (3, 8)).astype(np.int32)
    src[1, 5:], src[2, 1:] = 0, 0
    return src, generator.integers(1, 31, (3, 6)).astype(np.int32)


class Transformer(torch.nn.Module):
    """torch.nn.Transformer's own encoder and decoder between the embedding and the scores of auxact's."""

    def __init__(self, norm_first):
        super().__init__()
        whole = torch.nn.Transformer(16, 2, 2, 2, 32, 0.0, batch_first=True, norm_first=norm_first)
        self.embedding = torch.nn.Embedding(31, 16, padding_idx=0)
        self.encoder, self.decoder = whole.encoder, whole.decoder
        self.generator = torch.nn.Linear(16, 31, bias=False)
        self.generator.weight = self.embedding.weight

    def embed(self, tokens):
        places = torch.arange(tokens.shape[1])[:, None]
        rates = torch.exp(torch.arange(0, 16, 2) * (-math.log(10000.0) / 16))
        sines = torch.zeros(tokens.shape[1], 16)
        sines[:, 0::2], sines[:, 1::2] = torch.sin(places * rates), torch.cos(places * rates)
        return self.embedding(tokens) * math.sqrt(16) + sines

    def forward(self, src, tgt):
        padding = src == 0
        memory = self.encoder(self.embed(src), src_key_padding_mask=padding)
        causal = torch.nn.Transformer.generate_square_subsequent_mask(tgt.shape[1])
        return self.generator(self.decoder(self.embed(tgt), memory, tgt_mask=causal, memory_key_padding_mask=padding))


RESNET = {"num_classes": 7, "width": 8}
BASIC = {"block": "basic", "depths": (2, 2, 2, 2), **RESNET}
DEEP = {"block": "bottleneck", "depths": (1, 2, 1, 2), **RESNET}
PAIR = {"dim": 16, "depth": 2, "heads": 2, "inner": 32, "max_length": 12, "drop_rate": 0.0}

CASES = {
    "resnet18": (lambda: aa.models.resnet18(**RESNET), lambda: tm.ResNet(**BASIC), images(40)),
    "resnet18, cifar": (lambda: aa.models.resnet18(stem="cifar", **RESNET), lambda: tm.ResNet(stem="cifar", **BASIC), images(16)),
    "bottlenecks": (lambda: aa.models.ResNet(**DEEP), lambda: tm.ResNet(**DEEP), images(40)),
    "vit": (lambda: aa.models.VisionTransformer(heads=3, **IMAGES), lambda: tm.VisionTransformer(heads=3, **IMAGES), images(16)),
    "vit, mean": (
        lambda: aa.models.VisionTransformer(heads=3, pool="mean", **IMAGES),
        lambda: tm.VisionTransformer(heads=3, pool="mean", **IMAGES),
        images(16),
    ),
    "mixer": (lambda: aa.models.MlpMixer(**IMAGES), lambda: tm.MlpMixer(**IMAGES), images(16)),
    "bert": (
        lambda: aa.models.BertForSequenceClassification(num_classes=5, **WORDS),
        lambda: tm.Bert(num_classes=5, **WORDS),
        tokens(kinds=True, mask=True),
    ),
    "bert, no mask": (lambda: aa.models.BertForSequenceClassification(num_classes=5, **WORDS), lambda: tm.Bert(num_classes=5, **WORDS), tokens()),
    "bert, masked language": (lambda: aa.models.BertForMaskedLM(**WORDS), lambda: tm.Bert(num_classes=None, **WORDS), tokens(mask=True)),
    "transformer": (lambda: aa.models.Transformer(31, **PAIR), lambda: Transformer(False), sentences()),
    "transformer, norm first": (lambda: aa.models.Transformer(31, norm_first=True, **PAIR), lambda: Transformer(True), sentences()),
}


def randomize(net):
    """Weights that make logits of size one, norms' weights around one, running statistics that are no start values."""
    generator = torch.Generator().manual_seed(0)
    for name, value in net.state_dict().items():
        if not value.is_floating_point():
            continue
        drawn = torch.randn(value.shape, generator=generator)
        if name.endswith("running_var"):
            value.copy_(1.0 + 0.5 * drawn.abs())
        elif value.ndim == 1 and name.endswith("weight"):
            value.copy_(1.0 + 0.1 * drawn)
        elif value.ndim == 1:
            value.copy_(0.1 * drawn)
        else:
            value.copy_(drawn / np.sqrt(max(value[0].numel(), 1)))
    return net.eval()


def as_torch(inputs):
    return [torch.from_numpy(x) if x.ndim == 4 else torch.from_numpy(x).long() for x in inputs]


def compiled(name):
    ours, theirs, inputs = CASES[name]
    model, net = ours(), randomize(theirs())
    names = ["input_ids", "attention_mask", "token_type_ids"] if "bert" in name else None
    labels = np.arange(len(inputs[0]), dtype=np.int32) % 5
    if name in ("bert, masked language", "transformer", "transformer, norm first"):
        labels = np.arange(inputs[-1].size if "transformer" in name else inputs[0].size, dtype=np.int32).reshape(inputs[-1].shape) % 5
    values = (*inputs, labels)
    prog = aa.compile(model, dict(zip(names, inputs, strict=False)) | {"y": labels} if names else values, loss="cross_entropy")
    aa.models.load_weights(prog, model, net.state_dict())
    return model, prog, net, inputs, labels


@pytest.mark.parametrize("name", CASES)
def test_logits_and_state(name):
    model, prog, net, inputs, _ = compiled(name)
    with torch.no_grad():
        expected = net(*as_torch(inputs)).numpy()
    assert reference.relative_error(prog.predict(*inputs), expected) <= 1e-4
    # What comes out again is the state dict that went in, under its names and in its layouts.
    exported = aa.models.to_torch(model, prog.state_dict())
    state = {key: value for key, value in net.state_dict().items() if value.is_floating_point()}
    assert set(exported) == set(state)
    for key, value in exported.items():
        np.testing.assert_array_equal(value, state[key].numpy(), err_msg=key)


def test_greedy_decoding():
    _, prog, net, (src, _), _ = compiled("transformer")
    found = aa.models.greedy_decode(prog, src, bos=1, eos=2, length=6)
    expected = torch.zeros(len(src), 6, dtype=torch.long)
    expected[:, 0] = 1
    with torch.no_grad():
        for place in range(1, 6):
            words = net(torch.from_numpy(src).long(), expected)[:, place - 1].argmax(-1)
            ended = (expected[:, 1:place] == 2).any(1)
            expected[:, place] = torch.where(ended, 0, words)
    np.testing.assert_array_equal(found, expected.numpy())
    # More rows than a batch of the program has.
    beams = aa.models.beam_decode(prog, src, bos=1, eos=2, length=6, beams=3)
    assert beams.shape == (3, 6) and (beams[:, 0] == 1).all()


@pytest.mark.parametrize("name", ["resnet18, cifar", "vit", "mixer", "bert", "bert, masked language", "transformer"])
def test_gradients(name):
    model, prog, net, inputs, labels = compiled(name)
    net.train()  # batch statistics; there is no dropout
    logits = net(*as_torch(inputs))
    torch.nn.functional.cross_entropy(logits.flatten(0, -2), torch.from_numpy(labels).long().flatten()).backward()
    expected = aa.models.from_torch(model, {key: value.grad for key, value in net.named_parameters()}, strict=False)
    actual = prog.gradients(*inputs, labels)
    assert set(actual) == set(expected)
    scale = max(np.linalg.norm(value) for value in expected.values())
    for key, value in expected.items():
        # Some have no gradient but for rounding: a key's bias, which softmax does not see.
        error = np.linalg.norm(actual[key] - value) / max(np.linalg.norm(value), 1e-3 * scale)
        assert error <= 1e-4, (key, error)
