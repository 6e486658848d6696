# test_model_libraries.py - the names and logits of torchvision, timm and transformers themselves
#
# Skipped where they are not installed: `pip install --no-deps torchvision timm transformers huggingface_hub tokenizers regex tqdm
# pyyaml safetensors` beside a CPU build of torch, whose extension torchvision then does without.
"""The libraries' own networks load into auxact's and give the same logits; full-size ones have the libraries' names and shapes."""

import numpy as np
import pytest

import auxact as aa
import reference

torch = pytest.importorskip("torch")
import test_models as small  # noqa: E402 - needs torch

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def torchvision():
    try:
        # torchvision declares what its C++ extension has, also where that does not fit the build of torch.
        library = torch.library.Library("torchvision", "FRAGMENT")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    except RuntimeError:
        pass
    return pytest.importorskip("torchvision")


@pytest.fixture(scope="module")
def timm(torchvision):
    return pytest.importorskip("timm")


@pytest.fixture(scope="module")
def transformers(torchvision):
    return pytest.importorskip("transformers")


def shapes(net):
    """Of what a state dict holds, but for counters."""
    return {name: tuple(value.shape) for name, value in net.state_dict().items() if value.is_floating_point()}


def agree(model, net, inputs, given):
    """Loads random values and compares logits; `given` is what the library's network takes."""
    net = small.randomize(net)
    labels = np.zeros(len(inputs[0]), np.int32)
    prog = aa.compile(model, (*inputs, labels), loss="cross_entropy")
    aa.models.load_weights(prog, model, net.state_dict())
    with torch.no_grad():
        output = net(*given)
    assert reference.relative_error(prog.predict(*inputs), getattr(output, "logits", output).numpy()) <= 1e-4
    assert {name: value.shape for name, value in aa.models.to_torch(model, prog.state_dict()).items()} == shapes(net)


def channels_first(images):
    return [torch.from_numpy(x.transpose(0, 3, 1, 2).copy()) for x in images]


def same_names(model, net):
    """A full-size network, of which nothing is compiled."""
    state = {name: np.broadcast_to(np.float32(0.0), shape) for name, shape in shapes(net).items()}
    assert aa.models.from_torch(model, state)


@pytest.mark.parametrize("name", ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"])
def test_torchvision(torchvision, name):
    with torch.device("meta"):
        net = getattr(torchvision.models, name)()
    same_names(getattr(aa.models, name)(), net)


def test_torchvision_logits(torchvision):
    blocks = torchvision.models.resnet.Bottleneck
    x = small.images(40)
    net = torchvision.models.ResNet(blocks, [1, 1, 1, 1], num_classes=7)
    agree(aa.models.ResNet("bottleneck", (1, 1, 1, 1), num_classes=7), net, x, channels_first(x))


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("vit_tiny", "vit_tiny_patch16_224"),
        ("vit_small", "vit_small_patch16_224"),
        ("vit_base", "vit_base_patch16_224"),
        ("vit_large", "vit_large_patch16_224"),
        ("mixer_small", "mixer_s16_224"),
        ("mixer_base", "mixer_b16_224"),
        ("mixer_large", "mixer_l16_224"),
    ],
)
def test_timm(timm, name, theirs):
    with torch.device("meta"):
        net = timm.create_model(theirs)
    same_names(getattr(aa.models, name)(), net)


@pytest.mark.parametrize("pool", ["token", "mean"])
def test_timm_vit_logits(timm, pool):
    x = small.images(16)
    options = {} if pool == "token" else {"global_pool": "avg", "class_token": False}
    net = timm.models.VisionTransformer(img_size=16, patch_size=4, num_classes=7, embed_dim=24, depth=2, num_heads=3, **options)
    agree(aa.models.VisionTransformer(heads=3, pool=pool, **small.IMAGES), net, x, channels_first(x))


def test_timm_mixer_logits(timm):
    x = small.images(16)
    net = timm.models.MlpMixer(img_size=16, patch_size=4, num_classes=7, embed_dim=24, num_blocks=2)
    agree(aa.models.MlpMixer(**small.IMAGES), net, x, channels_first(x))


def configuration(transformers, **options):
    return transformers.BertConfig(attn_implementation="eager", **options)


SMALL = {"vocab_size": 31, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "max_position_embeddings": 12}


def test_transformers_classification(transformers):
    inputs = small.tokens(kinds=True, mask=True)
    net = transformers.BertForSequenceClassification(configuration(transformers, num_labels=5, **SMALL))
    agree(aa.models.BertForSequenceClassification(num_classes=5, **small.WORDS), net, inputs, small.as_torch(inputs))


@pytest.mark.parametrize(("name", "size"), [("bert_base", {}), ("bert_large", {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16})])
def test_transformers_names(transformers, name, size):
    options = {**size, "intermediate_size": 4 * size.get("hidden_size", 768)}
    with torch.device("meta"):
        net = transformers.BertForMaskedLM(configuration(transformers, **options))
    same_names(getattr(aa.models, name)("masked-language"), net)
