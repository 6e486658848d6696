# __init__.py - the networks of five families
"""Networks that are ready to train, with parameters named as in torchvision, timm, transformers and ``torch.nn``::

    model = aa.models.resnet18(num_classes=10, width=32, stem="cifar")
    prog = aa.compile(model, (x, y), loss="cross_entropy", optimizer=aa.optim.SGD(lr=0.05), rules=aa.rules.ara(strides=(2, 2, 2, 2)))
    aa.models.load_weights(prog, model, "resnet18.safetensors")

Images are (batch, height, width, channels), tokens (batch, tokens)."""

from .bert import BertForMaskedLM, BertForSequenceClassification, bert_base, bert_large, bert_mini
from .decoding import beam_decode, greedy_decode
from .mixer import MlpMixer, mixer_base, mixer_large, mixer_small
from .resnet import ResNet, resnet18, resnet34, resnet50, resnet101, resnet152
from .transformer import Transformer, transformer_base, transformer_small
from .vit import VisionTransformer, vit_base, vit_large, vit_small, vit_tiny
from .weights import from_torch, load_weights, save_weights, to_torch

__all__ = [
    "BertForMaskedLM",
    "BertForSequenceClassification",
    "MlpMixer",
    "ResNet",
    "Transformer",
    "VisionTransformer",
    "beam_decode",
    "bert_base",
    "bert_large",
    "bert_mini",
    "from_torch",
    "greedy_decode",
    "load_weights",
    "mixer_base",
    "mixer_large",
    "mixer_small",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "save_weights",
    "to_torch",
    "transformer_base",
    "transformer_small",
    "vit_base",
    "vit_large",
    "vit_small",
    "vit_tiny",
]
