# test_weights.py - state dicts of PyTorch's names and layouts, and safetensors files
"""Conversions of names and layouts, files, and what is refused."""

import json
from typing import ClassVar

import numpy as np
import pytest

import auxact as aa
from auxact import _safetensors
from auxact.nn import functional as F
from auxact.nn.initializers import constant, normal


class Attention(aa.nn.Module):
    """Three maps that PyTorch has as one."""

    torch_fused: ClassVar = {f"qkv.{kind}": tuple(f"{part}.{kind}" for part in "qkv") for kind in ("weight", "bias")}

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = aa.nn.Linear(4, 4), aa.nn.Linear(4, 6), aa.nn.Linear(4, 2)


class Model(aa.nn.Module):
    torch_ignored: ClassVar = ("count",)

    def __init__(self):
        super().__init__()
        self.kernel = aa.nn.Parameter((5, 2, 3, 4), normal(1.0), torch_axes=(0, 3, 1, 2))
        self.token = aa.nn.Parameter((1, 4), normal(1.0), torch_shape=(1, 1, 4))
        self.first = aa.nn.Linear(4, 4)
        self.inner = Attention()
        self.last = aa.nn.Linear(4, 4, bias=False)
        self.last.weight = self.first.weight
        self.mean = aa.nn.Buffer((4,), constant(0.5))
        self.table = aa.nn.Buffer((4,), constant(1.0), persistent=False)


class Tied(aa.nn.Module):
    """One matrix twice."""

    def __init__(self):
        super().__init__()
        self.first = aa.nn.Linear(4, 4)
        self.last = aa.nn.Linear(4, 4, bias=False)
        self.last.weight = self.first.weight
        self.table = aa.nn.Buffer((3, 4), constant(1.0), persistent=False)

    def forward(self, x):
        return self.last(F.relu(self.first(x))) + self.get(self.table)


SHAPES = {
    "kernel": (5, 4, 2, 3),
    "token": (1, 1, 4),
    "first.weight": (4, 4),
    "first.bias": (4,),
    "inner.qkv.weight": (12, 4),
    "inner.qkv.bias": (12,),
    "last.weight": (4, 4),
    "mean": (4,),
}


def state_of(seed=0):
    generator = np.random.default_rng(seed)
    state = {name: generator.normal(size=shape).astype(np.float32) for name, shape in SHAPES.items()}
    state["last.weight"] = state["first.weight"]
    return state


def test_names_and_layouts_both_ways():
    model, state = Model(), state_of()
    inside = aa.models.from_torch(model, state)
    expected = {name for name, _ in [*model.named_parameters(), *model.named_buffers()]} - {"table"}
    assert set(inside) == expected and "last.weight" not in inside
    assert inside["kernel"].shape == (5, 2, 3, 4) and inside["token"].shape == (1, 4)
    np.testing.assert_array_equal(inside["kernel"][4, 1, 2], state["kernel"][4, :, 1, 2])
    np.testing.assert_array_equal(inside["inner.k.weight"], state["inner.qkv.weight"][4:10])
    np.testing.assert_array_equal(inside["inner.v.bias"], state["inner.qkv.bias"][10:])
    outside = aa.models.to_torch(model, inside)
    assert list(outside) == list(SHAPES)
    for name, value in outside.items():
        assert value.flags.c_contiguous
        np.testing.assert_array_equal(value, state[name])


def test_what_does_not_fit_is_named():
    model = Model()
    state = state_of()
    # One of two names of one tensor is enough; a name that holds nothing here may be there.
    assert "first.weight" in aa.models.from_torch(model, {**{name: value for name, value in state.items() if name != "first.weight"}, "count": 3})
    with pytest.raises(aa.InputError, match=r"missing 'inner.qkv.bias'; unknown 'inner.q.bias'"):
        aa.models.from_torch(model, {("inner.q.bias" if name == "inner.qkv.bias" else name): value for name, value in state.items()})
    with pytest.raises(aa.InputError, match="missing 'kernel', 'token', "):
        aa.models.from_torch(model, {})
    with pytest.raises(aa.ShapeError, match=r"'kernel': expected shape \(5, 4, 2, 3\), got \(5, 2, 3, 4\)"):
        aa.models.from_torch(model, {**state, "kernel": state["kernel"].transpose(0, 2, 3, 1)})
    with pytest.raises(aa.ShapeError, match=r"'inner.qkv.weight': expected shape \(12, 4\), got \(11, 4\)"):
        aa.models.from_torch(model, {**state, "inner.qkv.weight": state["inner.qkv.weight"][1:]}, strict=False)
    with pytest.raises(aa.DTypeError, match="'mean': expected floating-point numbers, got int64"):
        aa.models.from_torch(model, {**state, "mean": np.arange(4)})
    with pytest.raises(aa.InputError, match=r"'first.weight' and 'last.weight' are one tensor"):
        aa.models.from_torch(model, {**state, "last.weight": state["last.weight"] + 1.0})
    with pytest.raises(aa.InputError, match="the state lacks 'kernel'"):
        aa.models.to_torch(model, {})
    assert list(aa.models.from_torch(model, {"mean": state["mean"], "other": 1.0}, strict=False)) == ["mean"]


def test_program_loads_and_saves(tmp_path):
    model = Tied()
    x = np.random.default_rng(1).normal(size=(3, 4)).astype(np.float32)
    prog = aa.compile(model, (x, x), loss="mean_squared_error")
    state = {name: value for name, value in state_of(2).items() if name.startswith(("first", "last"))}
    aa.models.load_weights(prog, model, state)
    hidden = np.maximum(x @ state["first.weight"].T + state["first.bias"], 0.0)
    np.testing.assert_allclose(prog.predict(x), hidden @ state["first.weight"].T + 1.0, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(prog.state_dict()["table"], np.ones((3, 4), np.float32))
    path = tmp_path / "model.safetensors"
    aa.models.save_weights(prog, model, path)
    other = aa.compile(model, (x, x), loss="mean_squared_error", seed=5)
    aa.models.load_weights(other, model, path)
    np.testing.assert_array_equal(other.predict(x), prog.predict(x))
    # Nothing is overwritten where something does not fit.
    with pytest.raises(aa.ShapeError):
        aa.models.load_weights(other, model, {**state, "first.bias": np.zeros(3, np.float32)})
    np.testing.assert_array_equal(other.predict(x), prog.predict(x))
    assert [item.name for item in tmp_path.iterdir()] == ["model.safetensors"]


def test_files_are_those_of_the_usual_library(tmp_path):
    library = pytest.importorskip("safetensors.numpy")
    arrays = {**state_of(), "counts": np.arange(3), "half": np.ones((2, 1), np.float16), "none": np.empty((0, 3), np.float32)}
    arrays["bits"] = np.array([True, False, True])
    _safetensors.write(tmp_path / "ours", arrays, {"format": "pt"})
    library.save_file(arrays, tmp_path / "theirs")
    for read in (library.load_file(tmp_path / "ours"), _safetensors.read(tmp_path / "theirs"), _safetensors.read(tmp_path / "ours")):
        assert set(read) == set(arrays)
        for name, value in arrays.items():
            assert read[name].dtype == value.dtype
            np.testing.assert_array_equal(read[name], value)


@pytest.mark.torch
def test_bfloat16_becomes_float32(tmp_path):
    torch = pytest.importorskip("torch")
    library = pytest.importorskip("safetensors.torch")
    values = torch.randn(3, 5, generator=torch.Generator().manual_seed(0)).bfloat16()
    library.save_file({"mean": values}, tmp_path / "file")
    np.testing.assert_array_equal(_safetensors.read(tmp_path / "file")["mean"], values.float().numpy())
    loaded = aa.models.from_torch(Model(), {"mean": values[0, :4]}, strict=False)
    np.testing.assert_array_equal(loaded["mean"], values[0, :4].float().numpy())


def test_broken_files_are_refused(tmp_path):
    path = tmp_path / "file.safetensors"
    with pytest.raises(aa.InputError, match=r"file.safetensors: cannot be read"):
        _safetensors.read(path)
    _safetensors.write(path, {"a": np.zeros((3, 2), np.float32)})
    whole = path.read_bytes()

    def written(header: dict) -> bytes:
        text = json.dumps(header).encode()
        return len(text).to_bytes(8, "little") + text + bytes(24)

    for content, message in [
        (b"", "cannot be read"),
        (b"hello", "cut short: 5 bytes"),
        (whole[:-1], "cut short: 'a' ends at byte 24 of 23"),
        (whole[:20], "cut short"),
        (b"x" * 100, "no safetensors file"),
        ((4).to_bytes(8, "little") + b"nope", "its header cannot be read"),
        (written({"a": [1]}), "its header cannot be read"),
        (written({"a": {"dtype": "F8", "shape": [24], "data_offsets": [0, 24]}}), "unknown type 'F8'"),
        (written({"a": {"dtype": "F32", "shape": [7], "data_offsets": [0, 24]}}), "has 24 bytes"),
        (written({"a": {"dtype": "F32", "shape": [6], "data_offsets": [-24, 0]}}), "cut short"),
    ]:
        path.write_bytes(content)
        with pytest.raises(aa.InputError, match=message):
            _safetensors.read(path)
    with pytest.raises(aa.DTypeError, match="complex64"):
        _safetensors.write(path, {"a": np.zeros(2, np.complex64)})


def test_a_write_that_fails_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "file.safetensors"
    _safetensors.write(path, {"a": np.ones(2, np.float32)})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_safetensors.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        _safetensors.write(path, {"a": np.zeros(2, np.float32)})
    np.testing.assert_array_equal(_safetensors.read(path)["a"], np.ones(2, np.float32))
    assert len(list(tmp_path.iterdir())) == 1
