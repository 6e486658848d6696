#!/usr/bin/env python3
# digits.py - trains one network on scikit-learn's digits under three learning rules and compares accuracy and
# memory
"""``make demo``: exact backpropagation, ASA and ARA from the same start; a table and a picture."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from residual_perceptron import RULES, Data, picture, summary, train


def digits(seed: int = 0) -> Data:
    """1,797 images of 8×8 in [0, 1]; a fifth is the test set."""
    images, labels = load_digits(return_X_y=True)
    images, labels = (images / 16.0).astype(np.float32), labels.astype(np.int32)
    order = np.random.default_rng(seed).permutation(len(images))
    test, training = order[: len(order) // 5], order[len(order) // 5 :]
    return Data((images[training], labels[training]), (images[test], labels[test]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--picture", type=Path, default=Path("demo.png"), help="where the picture goes")
    options = parser.parse_args()
    data = digits()
    results = [train(rule, data, width=128, inner=256, batch=64, epochs=options.epochs, lr=0.02) for rule in RULES]
    print(f"\n{len(data.train[0]):,} training images, {len(data.test[0])} test images; batch 64, {options.epochs} epochs\n")
    print(summary(results))
    picture(results, options.picture)


if __name__ == "__main__":
    main()
