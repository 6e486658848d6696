"""Writes the arrays of the aux-run tests into a folder: ten classes around ten
centres, and files that aux-run must refuse."""

import pathlib
import sys

import numpy as np

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(0)
# 150 rows: two batches of 64 and one of 22.
labels = random.integers(0, 10, 150)
centres = random.standard_normal((10, 48))
inputs = (centres[labels] + 0.3 * random.standard_normal((150, 48))).astype(np.float32)

np.savez(folder / "data.npz", x=inputs, y=labels)
np.savez_compressed(folder / "compressed.npz", x=inputs, y=labels.astype(np.int32))
np.save(folder / "x.npy", inputs)
np.save(folder / "y.npy", labels)

# Rows of two labels each, at the one of their input; but the last row's labels
# are never what its input says.
sequence = random.integers(0, 3, (10, 2))
one_hot = np.eye(3, dtype=np.float32)[sequence]
sequence[-1] = [1, 2]
one_hot[-1] = np.eye(3, dtype=np.float32)[[0, 0]]
np.savez(folder / "sequence.npz", x=one_hot, y=sequence)

np.savez(folder / "only_x.npz", x=inputs)
np.savez(folder / "fewer_labels.npz", x=inputs, y=labels[:100])
np.savez(folder / "no_rows.npz", x=inputs[:0], y=labels[:0])
np.savez(folder / "doubles.npz", x=inputs.astype(np.float64), y=labels)
np.savez(folder / "complex.npz", x=inputs.astype(np.complex64), y=labels)
np.savez(folder / "columns.npz", x=np.asfortranarray(inputs), y=labels)
wrong = labels.copy()
wrong[70] = 10
np.savez(folder / "label_10.npz", x=inputs, y=wrong)
infinite = inputs.copy()
infinite[100, 3] = np.inf
np.savez(folder / "infinite.npz", x=infinite, y=labels)

whole = (folder / "data.npz").read_bytes()
(folder / "truncated.npz").write_bytes(whole[: len(whole) // 2])
flipped = bytearray(whole)
flipped[2000] ^= 1
(folder / "flipped.npz").write_bytes(flipped)
array = (folder / "x.npy").read_bytes()
(folder / "cut" / "x.npy").parent.mkdir(exist_ok=True)
(folder / "cut" / "x.npy").write_bytes(array[:-4])
(folder / "text" / "x.npy").parent.mkdir(exist_ok=True)
(folder / "text" / "x.npy").write_text("no array")
