# test_structure.py - rules for layers that the structure of a network tells
"""Which layers ara(strides=…) and asa(level=…) find in the families, and in a network that the package did not build."""

import re

import numpy as np
import pytest

import auxact as aa
from auxact import rules
from auxact._structure import Network
from auxact.nn import functional as F
from auxact.nn._module import input_names, trace

IMAGES = {"num_classes": 7, "image_size": 8, "patch_size": 4, "dim": 8, "depth": 2}


def network(model, *shapes, dtype="f32"):
    recorded = trace(model, {name: (shape, dtype) for name, shape in zip(input_names(model, optional=False), shapes, strict=True)})
    return Network(recorded.text, "model"), recorded.layers


def found(rule, model, *shapes, dtype="f32"):
    """The layers that get a rule of their own, with it."""
    net, layers = network(model, *shapes, dtype=dtype)
    lines = rules.text(rule, layers, net).splitlines()
    assert lines[-1] == "* = #auxact.exact"
    assert {choice.layer for choice in net.choices} == set(layers)
    return dict(line.split(" = ", 1) for line in lines[:-1])


def sources(rule, model, size=32):
    """Layers that take another one's input, with that one."""
    pattern = re.compile('#auxact.residual<from = "(.*)">')
    return {name: pattern.fullmatch(text)[1] for name, text in found(rule, model, (2, size, size, 3)).items()}


def test_residual_groups_of_torchvisions_layout():
    model = aa.models.resnet18(num_classes=7, width=4, stem="cifar")
    # The groups of a stage start after the block that halves the resolution; in stage 1 there is none.
    assert sources(rules.ara(strides=(2, 2, 2, 2)), model) == {"layer1.1.conv1": "layer1.0.conv1"}
    deeper = aa.models.ResNet("bottleneck", (3, 4, 6, 3), num_classes=7, width=4)
    assert sources(rules.ara(strides=(3, 4, 2, 2)), deeper, 64) == {
        "layer1.2.conv1": "layer1.1.conv1",
        "layer2.2.conv1": "layer2.1.conv1",
        "layer2.3.conv1": "layer2.1.conv1",
        "layer3.2.conv1": "layer3.1.conv1",
        "layer3.4.conv1": "layer3.3.conv1",
        "layer4.2.conv1": "layer4.1.conv1",
    }


def test_residual_groups_of_the_papers_layout():
    # Stages of 3, 2, 2 and 1 blocks; the last of each shares with its shortcut.
    model = aa.models.resnet18(num_classes=7, width=4, stem="cifar", layout="paper")
    assert sources(rules.ara(strides=(2, 2, 2, 2)), model) == {
        "layer1.1.conv1": "layer1.0.conv1",
        "layer2.1.conv1": "layer2.0.conv1",
        "layer2.1.downsample.0": "layer2.0.conv1",
        "layer3.1.conv1": "layer3.0.conv1",
        "layer3.1.downsample.0": "layer3.0.conv1",
    }
    # The same network under torchvision's names, told that the block that halves the resolution is the last one.
    other = aa.models.resnet18(num_classes=7, width=4, stem="cifar")
    shared = sources(rules.ara(strides=(2, 2, 2, 2), downsample="last"), other)
    assert shared["layer3.0.conv1"] == shared["layer3.0.downsample.0"] == "layer2.1.conv1"
    # Stages of 4, 4, 6 and 2; the first block, which changes the number of channels, begins no group of others.
    deeper = aa.models.ResNet("bottleneck", (3, 4, 6, 3), num_classes=7, width=4, layout="paper")
    shared = sources(rules.ara(strides=(3, 4, 2, 2)), deeper, 64)
    assert shared["layer1.2.conv1"] == shared["layer1.3.conv1"] == shared["layer1.3.downsample.0"] == "layer1.1.conv1"
    assert {name: source for name, source in shared.items() if name.startswith("layer3")} == {
        "layer3.1.conv1": "layer3.0.conv1",
        "layer3.3.conv1": "layer3.2.conv1",
        "layer3.5.conv1": "layer3.4.conv1",
        "layer3.5.downsample.0": "layer3.4.conv1",
    }


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_levels_of_vit(level):
    names = ["mlp.fc2", "mlp.fc1", "attn.proj", "attn.q", "attn.k", "attn.v"]
    expected = {f"blocks.{block}.{name}" for block in range(2) for name in names[: level if level < 4 else 6]}
    model = aa.models.VisionTransformer(heads=2, drop_rate=0.1, drop_path_rate=0.1, **IMAGES)
    assert set(found(rules.asa(level=level), model, (3, 8, 8, 3))) == expected


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_levels_of_mixer(level):
    names = ["mlp_channels.fc2", "mlp_channels.fc1", "mlp_tokens.fc2", "mlp_tokens.fc1"]
    expected = {f"blocks.{block}.{name}" for block in range(2) for name in names[:level]}
    assert set(found(rules.asa(level=level), aa.models.MlpMixer(**IMAGES), (3, 8, 8, 3))) == expected


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_levels_of_bert(level):
    names = ["output.dense", "intermediate.dense", "attention.output.dense", *(f"attention.self.{name}" for name in ("query", "key", "value"))]
    expected = {f"bert.encoder.layer.{layer}.{name}" for layer in range(2) for name in names[: level if level < 4 else 6]}
    options = {"vocab_size": 31, "dim": 16, "depth": 2, "heads": 2, "max_length": 12}
    for head in ("classification", "masked-language"):
        assert set(found(rules.asa(level=level), aa.models.bert_mini(head, **options), (3, 9), dtype="i32")) == expected


@pytest.mark.parametrize("norm_first", [False, True])
def test_levels_of_the_transformer(norm_first):
    model = aa.models.Transformer(31, 16, 2, 2, 32, norm_first=norm_first)
    for level, names in ((1, ["linear2"]), (2, ["linear1"]), (3, ["self_attn.out_proj"])):
        chosen = found(rules.asa(level=level), model, (3, 8), (3, 6), dtype="i32")
        assert {f"{half}.layers.{layer}.{name}" for half in ("encoder", "decoder") for layer in range(2) for name in names} <= set(chosen)
    every = {name for name in network(model, (3, 8), (3, 6), dtype="i32")[1] if name != "generator"}
    assert set(found(rules.asa(level=4), model, (3, 8), (3, 6), dtype="i32")) == every


class Foreign(aa.nn.Module):
    """Attention of one fused map, tokens mixed by a transposed layer, names that say nothing."""

    def __init__(self):
        super().__init__()
        self.a, self.b = aa.nn.Linear(8, 24), aa.nn.Linear(8, 8)
        self.c, self.d = aa.nn.Linear(4, 6), aa.nn.Linear(6, 4)
        self.e, self.f = aa.nn.Linear(8, 16), aa.nn.Linear(16, 8)
        self.g, self.h = aa.nn.Linear(8, 8), aa.nn.Linear(8, 3)

    def forward(self, x):
        wide = self.a(x)
        q, k, v = (F.narrow(wide, 2, start, 8) for start in (0, 8, 16))
        x = x + self.b(F.attention(q, k, v, 2))
        x = F.transpose(self.d(F.gelu(self.c(F.transpose(x, 1, 2)))), 1, 2) + x
        x = x + F.dropout(self.f(F.relu(self.e(x))), 0.1)
        return self.h(F.relu(self.g(x)))


def test_a_network_that_the_package_did_not_build():
    levels = {level: set(found(rules.asa(level=level), Foreign(), (2, 4, 8))) for level in (1, 2, 3, 4)}
    assert levels == {1: {"f"}, 2: {"e", "f"}, 3: {"b", "d", "e", "f"}, 4: {"a", "b", "c", "d", "e", "f"}}
    assert found(rules.asa(level=1, rule=rules.center()), Foreign(), (2, 4, 8)) == {"f": rules.center().attribute}


def test_structure_beside_patterns():
    model = aa.nn.Sequential(*(aa.nn.Residual(aa.nn.Linear(8, 8), aa.nn.ReLU(), aa.nn.Linear(8, 8)) for _ in range(3)))
    net, layers = network(model, (4, 8))
    mixed = [("1.*", rules.recompute()), rules.asa(level=2), ("*", rules.center())]
    sign = rules.sign().attribute
    assert rules.text(mixed, layers, net).splitlines() == [
        "1.* = #auxact.recompute",
        *(f"{name} = {sign}" for name in ("0.0", "0.2", "2.0", "2.2")),
        f"* = {rules.center().attribute}",
    ]
    with pytest.raises(aa.CompileError, match="need the network"):
        rules.text(rules.asa(level=1), layers)


def test_a_program_says_what_was_decided(tmp_path):
    model = aa.nn.Sequential(aa.nn.Linear(6, 8), *(aa.nn.Residual(aa.nn.Linear(8, 8), aa.nn.ReLU(), aa.nn.Linear(8, 8)) for _ in range(2)))
    x = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)
    y = np.zeros((4, 8), np.float32)
    prog = aa.compile(model, (x, y), loss="mean_squared_error", rules=rules.ara(strides=(2,)))
    assert prog.rule_report().splitlines() == [
        "0: exact: it is in no residual block",
        "1.0: exact: its block is the first of group 1 in stage 1",
        "1.2: exact: it is not the first layer of its block",
        "2.0: takes the input of '1.0', the tensor of group 1 in stage 1",
        "2.2: exact: it is not the first layer of its block",
    ]
    named = aa.compile(model, (x, y), loss="mean_squared_error", rules=rules.ara([["1", "2"]]))
    assert named.rule_report() == ""
    for name, value in prog.gradients(x, y).items():
        np.testing.assert_array_equal(value, named.gradients(x, y)[name])
    prog.save(tmp_path / "bundle")
    assert aa.load(tmp_path / "bundle").rule_report() == prog.rule_report()


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda: rules.ara(strides=(2, 2)), "expects 1 group lengths, one for each stage of residual blocks, but got 2"),
        (lambda: rules.ara(strides=(1,)), "no layer that can take the tensor of a group"),
        (lambda: rules.asa(level=4), "no feed-forward layer and no projection of attention"),
    ],
)
def test_a_rule_that_finds_no_layer(rule, message):
    model = aa.nn.Sequential(*(aa.nn.Residual(aa.nn.Linear(8, 8)) for _ in range(2)))
    x = np.zeros((4, 8), np.float32)
    with pytest.raises(aa.CompileError, match=message):
        aa.compile(model, (x, x), loss="mean_squared_error", rules=rule())


def test_arguments_of_structural_rules():
    for call, message in [
        (lambda: rules.ara(), "either groups"),
        (lambda: rules.ara([["1", "2"]], strides=(2,)), "either groups"),
        (lambda: rules.ara(strides=()), "positive integers"),
        (lambda: rules.ara(strides=(2, 0)), "positive integers"),
        (lambda: rules.ara(strides=(2,), downsample="middle"), "downsample"),
        (lambda: rules.asa(level=5), "level from 1 to 4"),
        (lambda: rules.asa(rule=rules.center()), "goes with a level"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
