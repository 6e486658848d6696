#!/usr/bin/env python3
# mnist.py - the digits example at size: MNIST from $AUXACT_DATA, width 512, inner width 1024, batch 256
"""Exact backpropagation, ASA and ARA on MNIST; fails if a rule misses its goal."""

from __future__ import annotations

import argparse
import gzip
import os
import sys
from pathlib import Path

import numpy as np

from residual_perceptron import RULES, Data, picture, summary, train


def idx(path: Path) -> np.ndarray:
    """The array of a gzipped IDX file of bytes.

    Raises:
        ValueError: it is no such file.
    """
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: no IDX file of bytes")
    shape = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)


def mnist(folder: Path) -> Data:
    """60,000 and 10,000 images of 28×28, scaled to mean 0 and deviation 1 over the training set."""

    def half(prefix: str) -> tuple[np.ndarray, np.ndarray]:
        images = idx(folder / f"{prefix}-images-idx3-ubyte.gz").reshape(-1, 784).astype(np.float32)
        return (images / np.float32(255) - np.float32(0.1307)) / np.float32(0.3081), idx(folder / f"{prefix}-labels-idx1-ubyte.gz").astype(np.int32)

    return Data(half("train"), half("t10k"))


def misses(results: dict[str, tuple[float, int]]) -> list[str]:
    """What falls short, from accuracy and saved bytes by rule."""
    exact, saved = results["exact"]
    found = [f"exact reaches {exact:.2%}, not 98 %"] if exact < 0.98 else []
    for rule in ("ASA", "ARA"):
        if exact - results[rule][0] > 0.005:
            found.append(f"{rule} reaches {results[rule][0]:.2%}, more than 0.5 points below exact's {exact:.2%}")
    if results["ASA"][1] * 20 > saved:
        found.append(f"ASA saves {results['ASA'][1]:,} bytes, more than a twentieth of exact's {saved:,}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--picture", type=Path, default=Path("mnist.png"), help="where the picture goes")
    options = parser.parse_args()
    root = os.environ.get("AUXACT_DATA")
    if not root:
        print("mnist: AUXACT_DATA is not set; it names the folder of mnist/train-images-idx3-ubyte.gz")
        return 2
    data = mnist(Path(root) / "mnist")
    results = [train(rule, data, width=512, inner=1024, batch=256, epochs=options.epochs, lr=0.03) for rule in RULES]
    print(f"\n60,000 training images, 10,000 test images, batch 256, {options.epochs} epochs\n")
    print(summary(results))
    picture(results, options.picture)
    found = misses({result.rule: (result.accuracy, result.report.saved_bytes) for result in results})
    for miss in found:
        print(f"mnist: {miss}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
