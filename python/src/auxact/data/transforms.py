# transforms.py - what happens to a batch of images before it goes in
"""Transformations of batches, drawn from a generator that is given; see :class:`Batches`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

__all__ = ["Compose", "Normalize", "RandomCrop", "RandomFlip", "Transform"]


class Transform(Protocol):
    """Called with images (rows, height, width, channels) and a generator; returns images."""

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """The transformed images."""


class RandomCrop:
    """Pads by zeros and cuts each image out at a place of its own.

    Args:
        padding: zeros at each side, ≥ 1.
    """

    def __init__(self, padding: int = 4) -> None:
        if padding < 1:
            raise ValueError(f"RandomCrop: expected a padding of at least 1, got {padding}")
        self.padding = padding

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        rows, height, width = images.shape[:3]
        pad = self.padding
        padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
        top, left = generator.integers(0, 2 * pad + 1, (2, rows))
        result = np.empty_like(images)
        for row in range(rows):
            result[row] = padded[row, top[row] : top[row] + height, left[row] : left[row] + width]
        return result


class RandomFlip:
    """Mirrors half of the images, left to right."""

    def __call__(self, images: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        flipped = generator.random(len(images)) < 0.5
        result = images.copy()
        result[flipped] = images[flipped, :, ::-1]
        return result


class Normalize:
    """``(bytes / 255 - mean) / deviation``, float32.

    Args:
        mean, deviation: one number a channel, of values in [0, 1].
    """

    def __init__(self, mean: Sequence[float], deviation: Sequence[float]) -> None:
        self.scale = (1.0 / (255.0 * np.asarray(deviation))).astype(np.float32)
        self.shift = (np.asarray(mean) / np.asarray(deviation)).astype(np.float32)

    def __call__(self, images: np.ndarray, generator: np.random.Generator | None = None) -> np.ndarray:
        return images.astype(np.float32) * self.scale - self.shift


class Compose:
    """Transformations of a batch's first array, the images, one after the other; the other arrays stay."""

    def __init__(self, *transforms: Transform) -> None:
        self.transforms = transforms

    def __call__(self, batch: Sequence[np.ndarray], generator: np.random.Generator) -> tuple[np.ndarray, ...]:
        images = batch[0]
        for transform in self.transforms:
            images = transform(images, generator)
        return (np.ascontiguousarray(images), *batch[1:])
