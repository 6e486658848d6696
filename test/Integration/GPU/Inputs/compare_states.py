"""The states of two bundles differ by no more than a bound, relative to each array's largest value."""

import json
import sys

import numpy as np


def read_state(path):
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()
    dtypes = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64, "I8": np.int8}
    return {
        name: np.frombuffer(data[slice(*array["data_offsets"])], dtypes[array["dtype"]])
        for name, array in header.items()
        if name != "__metadata__" and not name.startswith("auxact.")
    }


first, second = read_state(sys.argv[1]), read_state(sys.argv[2])
bound = float(sys.argv[3])
assert first and first.keys() == second.keys()
assert any(np.abs(values).max() > 0 for values in first.values())
for name, values in first.items():
    error = np.abs(values - second[name]).max() / max(np.abs(values).max(), 1e-6)
    assert error <= bound, f"{name}: {error}"
