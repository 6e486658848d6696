# __init__.py - reading data sets, and batches of them
"""Readers of common file formats, transformations, a tokenizer, and loaders.

Readers of images need Pillow, the tokenizer needs ``tokenizers``: ``pip install auxact[data]``.
"""

from .batches import Batches
from .binary import read_cifar, read_idx
from .images import Images
from .prefetching import Prefetch
from .text import pad, read_lines, read_parallel, read_table
from .tokens import BytePairTokenizer
from .transforms import Compose, Normalize, RandomCrop, RandomFlip, Transform

__all__ = [
    "Batches",
    "BytePairTokenizer",
    "Compose",
    "Images",
    "Normalize",
    "Prefetch",
    "RandomCrop",
    "RandomFlip",
    "Transform",
    "pad",
    "read_cifar",
    "read_idx",
    "read_lines",
    "read_parallel",
    "read_table",
]
