# test_bad_input.py - every wrong input is a clear error, and the state is as before
"""Section by section what users get wrong."""

import json
import os
import re
import struct
import subprocess
import sys
import textwrap

import numpy as np
import pytest

import auxact as aa
from support import PERCEPTRON, RULES, build, data, pair

SGD = aa.optim.SGD(0.05, momentum=0.9)


@pytest.fixture(scope="module")
def made():
    return pair(PERCEPTRON, 19, 16, RULES["exact"], optimizer=SGD)


def intact(prog, before):
    after = prog._snapshot()
    assert set(after) == set(before)
    for name, value in after.items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda x, y: (x[:, :18], y), aa.ShapeError, r"x: expected shape \(16, 19\), got \(16, 18\)"),
        (lambda x, y: (x[:0], y[:0]), aa.ShapeError, "at least one row"),
        (lambda x, y: (x, y[:4]), aa.ShapeError, "different numbers of rows: x 16, y 4"),
        (lambda x, y: (x.astype(np.float64), y), aa.DTypeError, "x: expected float32, got float64"),
        (lambda x, y: (x, y.astype(np.float32)), aa.DTypeError, "y: expected integers, got float32"),
        (lambda x, y: (x, y + 10), aa.InputError, r"y: expected values in \[0, 9\], got 1\d at index 0"),
        (lambda x, y: (x, y - 10), aa.InputError, r"y: expected values in \[0, 9\], got -\d+ at index 0"),
        (lambda x, y: (x,), aa.InputError, "missing input y"),
        (lambda x, y: (x, y, y), aa.InputError, "expected 2 inputs"),
    ],
)
@pytest.mark.parametrize("entry", ["step", "gradients", "evaluate"])
def test_arrays(made, entry, change, error, message):
    prog, _, x, y = made
    before = prog._snapshot()
    with pytest.raises(error, match=message):
        getattr(prog, entry)(*change(x, y))
    intact(prog, before)
    assert prog.steps == 0


def test_names(made):
    prog, _, x, y = made
    with pytest.raises(aa.InputError, match="unknown input 'z'"):
        prog.step(x, y, z=x)
    with pytest.raises(aa.InputError, match="'x' is given twice"):
        prog.step(x, x=x)


def test_non_contiguous_is_copied_with_a_note(made):
    prog, _, x, y = made
    wide = np.asfortranarray(x)
    with pytest.warns(aa.CopyWarning, match="x: copied"):
        found = prog.gradients(wide, y)
    np.testing.assert_array_equal(found["0.weight"], prog.gradients(x, y)["0.weight"])


def test_unaligned_arrays_are_read(made):
    prog, _, x, y = made
    raw = np.empty(x.nbytes + 4, np.uint8)
    moved = raw[4:].view(np.float32).reshape(x.shape)
    moved[...] = x
    np.testing.assert_array_equal(prog.gradients(moved, y)["0.weight"], prog.gradients(x, y)["0.weight"])


def test_learning_rate(made):
    prog, _, x, y = made
    for rate in (-1.0, float("nan"), float("inf")):
        with pytest.raises(aa.InputError, match="lr"):
            prog.step(x, y, lr=rate)
        with pytest.raises(aa.InputError, match="lr"):
            prog.lr = rate


def test_nan_loss_stops_and_undoes_the_step():
    prog, _, x, y = pair(PERCEPTRON, 19, 16, RULES["exact"], optimizer=SGD, stop_on_nan=True)
    prog.step(x, y)
    before = prog._snapshot()
    with pytest.raises(aa.NanLossError, match="loss of step 2 is nan") as caught:
        prog.step(np.full_like(x, np.nan), y)
    assert caught.value.step == 2 and prog.steps == 1
    intact(prog, before)
    prog.step(x, y)
    with pytest.raises(aa.NanLossError, match="step 3"):
        aa.fit(prog, [(np.full_like(x, np.nan), y)], 1, stop_on_nan=True)


def test_no_optimizer():
    prog, _, x, y = pair(PERCEPTRON, 19, 16, RULES["exact"])
    with pytest.raises(aa.InputError, match="without an optimizer"):
        prog.step(x, y)
    assert prog.gradients(x, y)


def test_state(made):
    prog = made[0]
    state, before = prog.state_dict(), prog._snapshot()
    for change, message in [
        ({"0.weight": state["0.weight"].T}, r"0.weight: expected shape"),
        ({"0.weight": state["0.weight"].astype(np.float64)}, "0.weight: expected float32"),
        ({"9.weight": state["0.weight"]}, r"unknown \['9.weight'\]"),
    ]:
        with pytest.raises(aa.InputError, match=message):
            prog.load_state_dict({**state, **change})
        intact(prog, before)
    with pytest.raises(aa.InputError, match=r"missing \['4.bias'\]"):
        prog.load_state_dict({name: value for name, value in state.items() if name != "4.bias"})
    prog.load_state_dict({"0.weight": state["0.weight"]}, strict=False)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([("9", aa.rules.exact()), ("*", aa.rules.asa())], "'?9'?"),
        ([("*", aa.rules.Rule("#auxact.wish"))], "wish"),
        ([("0", aa.rules.residual("7")), ("*", aa.rules.exact())], "'?7'?"),
        ([("*", aa.rules.asa(nonnegative=True))], "nonnegative"),
        ([("*", aa.rules.asa()), ("2", aa.rules.exact())], "'2' gives no layer its rule, .* '\\*'"),
    ],
    ids=[
        "pattern without a layer",
        "no such rule",
        "no such source",
        "not proved non-negative",
        "pattern after one that takes all",
    ],
)
def test_rules(rules, message):
    x, y = data(PERCEPTRON, 19, 16, "cross_entropy", 0)
    with pytest.raises(aa.CompileError, match=message):
        aa.compile(build(PERCEPTRON, 19), (x, y), loss="cross_entropy", rules=rules).gradients(x, y)


def test_example_inputs():
    model = build(PERCEPTRON, 19)
    x, y = data(PERCEPTRON, 19, 16, "cross_entropy", 0)
    with pytest.raises(aa.InputError, match="needs example_inputs"):
        aa.compile(model)
    with pytest.raises(aa.InputError, match="expected 2 example inputs"):
        aa.compile(model, (x, y, y), loss="cross_entropy")
    with pytest.raises(aa.InputError, match=r"expected 1 example inputs \(x\), got 2; a label goes with loss="):
        aa.compile(model, (x, y))
    with pytest.raises(aa.DTypeError, match="x: expected float32 or integers, got float64"):
        aa.compile(model, (x.astype(np.float64), y), loss="cross_entropy")
    with pytest.raises(aa.ShapeError, match="takes 19 features, the input has 18"):
        aa.compile(model, (x[:, :18], y), loss="cross_entropy")
    with pytest.raises(aa.DTypeError, match="y: expected float32, got int32"):
        aa.compile(model, (x, y), loss="mean_squared_error")
    with pytest.raises(aa.ShapeError, match=r"y: expected shape \(16,\), got \(16, 10\)"):
        aa.compile(model, {"x": x, "y": np.zeros((16, 10), np.int32)}, loss="cross_entropy")
    with pytest.raises(ValueError, match="loss: expected one of"):
        aa.compile(model, (x, y), loss="hinge")


def test_malformed_mlir(tmp_path):
    path = tmp_path / "wrong.mlir"
    path.write_text('func.func @f(%x: tensor<2x3xf32> {auxact.input = "x"}) {\n  auxact.nonsense %x\n}\n')
    with pytest.raises(aa.CompileError) as caught:
        aa.compile(path)
    assert "wrong.mlir:2:" in caught.value.location
    with pytest.raises(FileNotFoundError):
        aa.compile(tmp_path / "missing.mlir")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises((aa.CompileError, UnicodeDecodeError)):
        aa.compile(path)


def test_a_model_without_a_loss_needs_one():
    x, _ = data(PERCEPTRON, 19, 16, "cross_entropy", 0)
    with pytest.raises(aa.CompileError, match=r"return a loss, or have one appended \(loss=cross_entropy"):
        aa.compile(build(PERCEPTRON, 19), (x,))


def test_an_input_with_the_name_of_the_labels():
    class Named(aa.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = aa.nn.Linear(3, 2)

        def forward(self, y):
            return self.layer(y)

    with pytest.raises(aa.CompileError, match=r"has an input 'y' already, .* rename that input"):
        aa.compile(Named(), (np.ones((4, 3), np.float32), np.zeros(4, np.int32)), loss="cross_entropy")


@pytest.mark.parametrize("target", ["cuda", "cuda:", "cuda:sm_70", "cuda:sm_90"])
def test_unknown_chips(target):
    x, y = data(PERCEPTRON, 19, 16, "cross_entropy", 0)
    with pytest.raises(aa.TargetError, match=f"^unknown GPU target '{target}'; expected cuda:sm_80, cuda:sm_89 or cuda:sm_90a"):
        aa.compile(build(PERCEPTRON, 19), (x, y), loss="cross_entropy", target=target)


def test_unknown_targets():
    x, y = data(PERCEPTRON, 19, 16, "cross_entropy", 0)
    with pytest.raises(aa.TargetError, match=r"z80.*or a GPU: cuda:sm_80"):
        aa.compile(build(PERCEPTRON, 19), (x, y), loss="cross_entropy", target="z80")
    with pytest.raises(aa.TargetError, match=r"unknown image 'elf'; expected cubin, ptx or nvvm"):
        aa.compile(build(PERCEPTRON, 19), (x, y), loss="cross_entropy", target="cuda:sm_80", images=["elf"])
    with pytest.raises(ValueError, match="device: expected an index of at least 0, got -1"):
        aa.compile(build(PERCEPTRON, 19), (x, y), loss="cross_entropy", target="cuda:sm_80", device=-1)


def test_bundles(made, tmp_path):
    prog = made[0]
    good = tmp_path / "good.auxact"
    prog.save(good)
    raw = good.read_bytes()
    size = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8 : 8 + size])

    def rewritten(change):
        changed = json.loads(json.dumps(header))
        change(changed["__metadata__"])
        text = json.dumps(changed).encode()
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + raw[8 + size :]

    cases = {
        "empty": b"",
        "foreign": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        "truncated header": raw[: size // 2],
        "truncated data": raw[:-100],
        "other safetensors": struct.pack("<Q", 2) + b"{}",
        "future": rewritten(lambda metadata: metadata.update({"auxact.format": _later(metadata["auxact.format"])})),
        "broken program": rewritten(lambda metadata: metadata.update({"auxact.program": "{"})),
    }
    for name, content in cases.items():
        path = tmp_path / "bad.auxact"
        path.write_bytes(content)
        with pytest.raises(aa.BundleError, match=r"bad\.auxact"):
            aa.load(path)
            pytest.fail(name)
    with pytest.raises(aa.BundleError, match="missing"):
        aa.load(tmp_path / "missing.auxact")
    with pytest.raises(aa.BundleError):
        prog.save(tmp_path / "no" / "such" / "folder.auxact")


def _later(text):
    """The format with every number raised by a thousand."""
    return re.sub(r"\d+", lambda number: str(int(number[0]) + 1000), text)


def test_cache_folder(tmp_path):
    x, y = data(PERCEPTRON, 19, 16, "cross_entropy", 0)

    def gradients(folder):
        return aa.compile(build(PERCEPTRON, 19), (x, y), loss="cross_entropy", cache_dir=folder).gradients(x, y)

    first = gradients(tmp_path / "cache")
    assert any((tmp_path / "cache").rglob("*"))
    np.testing.assert_array_equal(gradients(tmp_path / "cache")["0.weight"], first["0.weight"])
    # A file where the folder should be.
    (tmp_path / "file").write_text("")
    with pytest.warns(aa.CacheWarning, match="cannot store compiled kernels in .*file"):
        again = gradients(tmp_path / "file")
    np.testing.assert_array_equal(again["0.weight"], first["0.weight"])
    if os.geteuid() != 0:
        (tmp_path / "locked").mkdir(mode=0o500)
        with pytest.warns(aa.CacheWarning, match="locked"):
            gradients(tmp_path / "locked")


def test_full_cache_folder(tmp_path):
    """A folder that takes no more bytes: a limit on the size of files stands in for a full disk."""
    script = textwrap.dedent(
        """
        import resource, signal, sys, warnings
        import numpy as np
        import auxact as aa

        x, y = np.ones((4, 5), np.float32), np.zeros(4, np.int32)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            prog = aa.compile(aa.nn.Sequential(aa.nn.Linear(5, 3)), (x, y), loss="cross_entropy", cache_dir=sys.argv[1])
        assert np.isfinite(prog.gradients(x, y)["0.weight"]).all()
        assert [item.category for item in caught] == [aa.CacheWarning], caught
        assert sys.argv[1] in str(caught[0].message), caught[0].message
        """
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "full")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
