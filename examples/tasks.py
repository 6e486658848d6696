# tasks.py - the five families at sizes that two cores can train: network, data, optimizer, and how quality is measured
#
# Sizes, fractions and epochs are chosen so that a run takes about five minutes where nothing else runs.
"""Shared by train.py and the scripts that call it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import auxact as aa
from auxact import schedules
from auxact.models.decoding import search

__all__ = ["TASKS", "Recipe", "Task", "make"]

Predict = Callable[..., np.ndarray]

# Mean and deviation of CIFAR-10's training images, by channel.
_MEAN, _DEVIATION = (0.491, 0.482, 0.446), (0.247, 0.243, 0.262)


@dataclass(frozen=True)
class Recipe:
    """What a family trains with unless the command line says otherwise.

    Attributes:
        options: of the network's constructor, and of its twin in PyTorch.
        fraction: of the training set, its first rows.
        lr: by optimizer.
        warmup: share of the steps in which the rate rises; it falls by half a cosine after that.
    """

    data: str
    options: dict[str, Any]
    batch: int
    epochs: int
    fraction: float
    optimizer: str
    lr: dict[str, float]
    weight_decay: float
    betas: tuple[float, float] = (0.9, 0.999)
    clip: float | None = None
    warmup: float = 0.05
    label_smoothing: float = 0.0
    metric: str = "accuracy"


@dataclass
class Task:
    """A network with its data.

    Attributes:
        model: builds the network.
        twin: builds the same one in PyTorch.
        loader: gives batches: the network's inputs, then the labels.
        quality: from a function that predicts to metrics of the test set.
    """

    recipe: Recipe
    model: Callable[[], aa.nn.Module]
    twin: Callable[[], Any]
    loader: aa.data.Batches
    quality: Callable[[Predict], dict[str, float]]

    def steps(self, epochs: int, accumulate: int = 1) -> int:
        """Steps of a whole run."""
        return max(1, len(self.loader) * epochs // accumulate)

    def optimizer(self, kind: str, lr: float | None, **more: Any) -> aa.optim.Optimizer:
        """The recipe's optimizer of a kind: ``sgd``, ``adam`` or ``adamw``."""
        recipe = self.recipe
        if kind == "sgd":
            return aa.optim.SGD(lr or recipe.lr["sgd"], momentum=0.9, weight_decay=recipe.weight_decay, clip_grad_norm=recipe.clip, **more)
        made = {"adam": aa.optim.Adam, "adamw": aa.optim.AdamW}[kind]
        decay = recipe.weight_decay if kind == "adamw" else 0.0
        return made(lr or recipe.lr["adam"], betas=recipe.betas, weight_decay=decay, clip_grad_norm=recipe.clip, **more)

    def schedule(self, lr: float, steps: int) -> schedules.Schedule:
        """Warm-up and half a cosine."""
        warmup = max(1, round(self.recipe.warmup * steps))
        return schedules.Warmup(schedules.Cosine(lr, max(1, steps - warmup)), warmup)


def _accuracy(inputs: Sequence[np.ndarray], labels: np.ndarray) -> Callable[[Predict], dict[str, float]]:
    def measure(predict: Predict) -> dict[str, float]:
        return {"accuracy": 100.0 * float(np.mean(predict(*inputs).argmax(axis=-1) == labels))}

    return measure


def _images(name: str, recipe: Recipe, root: Path, batch: int, fraction: float, seed: int, tests: int | None) -> Task:
    folder = root / recipe.data
    training = aa.data.Images(folder / "train.tar.gz")
    test = aa.data.Images(folder / "test.tar.gz", classes=training.classes)
    rows = max(batch, round(fraction * len(training)))
    pixels = training.array() if 2 * rows > len(training) else training[np.arange(rows)]
    normalize = aa.data.Normalize(_MEAN, _DEVIATION)
    transform = aa.data.Compose(aa.data.RandomCrop(4), aa.data.RandomFlip(), normalize)
    loader = aa.data.Batches(pixels[:rows], training.labels[:rows], batch_size=batch, seed=seed, transform=transform)
    options = recipe.options
    models: dict[str, tuple[Callable[[], aa.nn.Module], str]] = {
        "resnet18": (lambda: aa.models.resnet18(**options), "ResNet"),
        "vit": (lambda: aa.models.VisionTransformer(**options), "VisionTransformer"),
        "mixer": (lambda: aa.models.MlpMixer(**options), "MlpMixer"),
    }
    model, twin = models[name]
    torch_options = {"block": "basic", "depths": (2, 2, 2, 2), **options} if name == "resnet18" else options
    return Task(recipe, model, lambda: _twins(twin)(**torch_options), loader, _accuracy([normalize(test.array()[:tests])], test.labels[:tests]))


def _sentences(name: str, recipe: Recipe, root: Path, batch: int, fraction: float, seed: int, tests: int | None) -> Task:
    folder = root / recipe.data
    texts, labels = aa.data.read_table(folder / "train.tsv.gz", classes=2)
    test_texts, test_labels = aa.data.read_table(folder / "dev.tsv.gz", classes=2)
    length, size = recipe.options["max_length"], recipe.options["vocab_size"]
    tokenizer = aa.data.BytePairTokenizer.train(texts, size)
    rows = max(batch, round(fraction * len(texts)))
    # The file has phrases of one sentence side by side; which rows are taken is the same for every seed.
    chosen = np.random.default_rng(0).permutation(len(texts))[:rows]

    def encode(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        ids, _ = aa.data.pad(tokenizer.encode(sentences), length, tokenizer.pad)
        return ids, (ids != tokenizer.pad).astype(np.int32)

    inputs, shown = encode([texts[row] for row in chosen]), encode(test_texts[:tests])
    loader = aa.data.Batches(*inputs, labels[chosen], batch_size=batch, seed=seed)
    options = recipe.options
    return Task(recipe, lambda: aa.models.bert_mini(**options), lambda: _twins("Bert")(**options), loader, _accuracy(shown, test_labels[:tests]))


def _translation(name: str, recipe: Recipe, root: Path, batch: int, fraction: float, seed: int, tests: int | None) -> Task:
    folder = root / recipe.data
    source, target = aa.data.read_parallel(folder / "train.de.gz", folder / "train.en.gz")
    test_source, test_target = aa.data.read_parallel(folder / "test_2016_flickr.de.gz", folder / "test_2016_flickr.en.gz")
    rows = max(batch, round(fraction * len(source)))
    length, size = recipe.options["max_length"], recipe.options["vocab_size"]
    tokenizer = aa.data.BytePairTokenizer.train([*source, *target], size)
    src, _ = aa.data.pad(tokenizer.encode(source[:rows], bos=False), length)
    whole, _ = aa.data.pad(tokenizer.encode(target[:rows]), length + 1)
    tgt, labels = np.ascontiguousarray(whole[:, :-1]), whole[:, 1:].copy()
    labels[labels == tokenizer.pad] = -100
    shown, _ = aa.data.pad(tokenizer.encode(test_source[:tests], bos=False), length)

    def measure(predict: Predict) -> dict[str, float]:
        import sacrebleu

        found = search(predict, shown, tokenizer.bos, tokenizer.eos, length, 1, 0.0, tokenizer.pad)
        return {"bleu": float(sacrebleu.corpus_bleu(tokenizer.decode(found), [test_target[:tests]]).score)}

    loader = aa.data.Batches(src, tgt, labels, batch_size=batch, seed=seed)
    options = recipe.options
    return Task(recipe, lambda: aa.models.Transformer(**options), lambda: _twins("Transformer")(**options), loader, measure)


def _twins(name: str) -> Any:
    """A class of benchmarks/torch_models.py."""
    import sys

    folder = str(Path(__file__).resolve().parent.parent / "benchmarks")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    import torch_models

    return getattr(torch_models, name)


_Maker = Callable[[str, Recipe, Path, int, float, int, int | None], Task]

TASKS: dict[str, tuple[Recipe, _Maker]] = {
    "resnet18": (
        Recipe(
            "cifar10-jpeg",
            {"num_classes": 10, "width": 16, "stem": "cifar"},
            batch=128,
            epochs=3,
            fraction=1.0,
            optimizer="sgd",
            lr={"sgd": 0.1, "adam": 2e-3},
            weight_decay=5e-4,
        ),
        _images,
    ),
    "vit": (
        Recipe(
            "cifar10-jpeg",
            {"image_size": 32, "patch_size": 8, "num_classes": 10, "dim": 192, "depth": 6, "heads": 3},
            batch=128,
            epochs=3,
            fraction=1.0,
            optimizer="adam",
            lr={"sgd": 0.05, "adam": 1e-3},
            weight_decay=0.0,
            warmup=0.1,
            clip=1.0,
        ),
        _images,
    ),
    "mixer": (
        Recipe(
            "cifar10-jpeg",
            {"image_size": 32, "patch_size": 4, "num_classes": 10, "dim": 128, "depth": 8},
            batch=128,
            epochs=2,
            fraction=1.0,
            optimizer="adam",
            lr={"sgd": 0.05, "adam": 1e-3},
            weight_decay=0.0,
            warmup=0.1,
            clip=1.0,
        ),
        _images,
    ),
    "bert": (
        Recipe(
            "sst2",
            {"vocab_size": 4000, "num_classes": 2, "dim": 256, "depth": 4, "heads": 4, "max_length": 40},
            batch=64,
            epochs=1,
            fraction=0.6,
            optimizer="adamw",
            lr={"sgd": 0.02, "adam": 3e-4},
            weight_decay=0.01,
            warmup=0.1,
            clip=1.0,
        ),
        _sentences,
    ),
    "transformer": (
        Recipe(
            "multi30k",
            {"vocab_size": 4000, "dim": 256, "depth": 3, "heads": 4, "inner": 512, "max_length": 32},
            batch=64,
            epochs=2,
            fraction=1.0,
            optimizer="adam",
            lr={"sgd": 0.05, "adam": 1e-3},
            weight_decay=0.0,
            betas=(0.9, 0.98),
            warmup=0.15,
            clip=1.0,
            label_smoothing=0.1,
            metric="bleu",
        ),
        _translation,
    ),
}


def make(name: str, root: Path, *, batch: int | None = None, fraction: float | None = None, seed: int = 0, tests: int | None = None) -> Task:
    """The task of a family.

    Raises:
        ValueError: a fraction that is no share.
        DataError: its data set is damaged or missing.
    """
    recipe, maker = TASKS[name]
    share = recipe.fraction if fraction is None else fraction
    if not (0.0 < share <= 1.0 and math.isfinite(share)):
        raise ValueError(f"fraction: expected a share in (0, 1], got {share}")
    return maker(name, recipe, root, batch or recipe.batch, share, seed, tests)
