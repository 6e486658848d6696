# test_descriptions.py - rules, optimizers, arrays, batches and reports: what needs no compiler
"""The plain Python half of the package."""

import json
import pickle
import warnings

import numpy as np
import pytest

import auxact as aa
from auxact import rules
from auxact._arrays import as_numpy, fit_input
from auxact._diagnostics import error
from auxact.program import _loss_comes_first
from auxact.report import MemoryReport, format_bytes

LAYERS = ["0", "1.up", "1.down", "2.up", "2.down", "3"]


def test_text_of_rules():
    assert rules.text(None, LAYERS) == "* = #auxact.exact\n"
    assert rules.text(rules.asa(), LAYERS) == "* = #auxact.sign<epsilon = 0.01, gain = 100.0>\n"
    pairs = [
        ("0", rules.exact()),
        ("*.down", rules.recompute()),
        ("*", rules.sign(1e-9, "mean-abs", nonnegative=True)),
    ]
    assert rules.text(pairs, LAYERS).splitlines() == [
        "0 = #auxact.exact",
        "*.down = #auxact.recompute",
        "* = #auxact.sign<epsilon = 1.0e-09, gain = mean_abs, nonnegative>",
    ]


def test_ara_names_the_first_linear_of_later_blocks():
    assert rules.text(rules.ara([["1", "2"]]), LAYERS).splitlines() == [
        '2.up = #auxact.residual<from = "1.up">',
        "* = #auxact.exact",
    ]
    mixed = rules.text([rules.ara([["1", "2"]]), ("*", rules.asa())], LAYERS).splitlines()
    assert mixed[-1].startswith("* = #auxact.sign")


@pytest.mark.parametrize(
    ("bad", "error", "message"),
    [
        (rules.ara([["1", "9"]]), aa.CompileError, "no layer with weights in block '9'"),
        (rules.ara([["1", "2"], ["2"]]), aa.CompileError, "twice"),
        ("exact", TypeError, "expected a rule"),
        ([("*", "exact")], TypeError, r"\(pattern, rule\)"),
        ([("a = b", rules.exact())], ValueError, "pattern"),
    ],
)
def test_bad_rules(bad, error, message):
    with pytest.raises(error, match=message):
        rules.text(bad, LAYERS)


def test_bad_numbers():
    for make in (
        lambda: rules.sign(epsilon=0.0),
        lambda: rules.sign(epsilon=float("nan")),
        lambda: rules.sign(gain="mean"),
        lambda: rules.center("median"),
        lambda: rules.ara(["1", "2"]),
        lambda: rules.ara([[]]),
        lambda: aa.optim.SGD(lr=-1.0),
        lambda: aa.optim.SGD(nesterov=True),
        lambda: aa.optim.SGD(momentum=1.0),
        lambda: aa.optim.SGD(clip_grad_norm=0.0),
        lambda: aa.optim.AdamW(betas=(0.9, 1.0)),
        lambda: aa.optim.AdamW(eps=0.0),
        lambda: aa.data.Batches(np.zeros(3), batch_size=0),
        lambda: aa.data.Batches(np.zeros(3), np.zeros(4), batch_size=1),
    ):
        with pytest.raises(ValueError):
            make()


def test_options_of_optimizers():
    assert aa.optim.SGD(0.1, momentum=0.9).options() == {
        "optimizer": "sgd",
        "momentum": 0.9,
        "nesterov": False,
        "weight_decay": 0.0,
    }
    options = aa.optim.AdamW(clip_grad_norm=1.0).options()
    assert options == {
        "optimizer": "adamw",
        "beta1": 0.9,
        "beta2": 0.999,
        "eps": 1e-8,
        "weight_decay": 0.01,
        "clip_grad_norm": 1.0,
    }
    json.dumps(options)


X = {"name": "x", "dtype": "f32", "shape": (3, 4), "classes": 0}
Y = {"name": "y", "dtype": "i32", "shape": (3,), "classes": 10}


def test_inputs_are_used_in_place():
    x = np.ones((3, 4), np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.shares_memory(fit_input(x, X), x)
        y = np.arange(3, dtype=np.int32)
        assert np.shares_memory(fit_input(y, Y), y)
        assert np.shares_memory(fit_input(memoryview(x), X), x)
        # Labels of another integer type are the one conversion.
        assert fit_input(np.arange(3, dtype=np.uint8), Y).dtype == np.int32
        assert fit_input([0, 1, 9], Y).tolist() == [0, 1, 9]


def test_non_contiguous_arrays_are_copied_with_a_note():
    x = np.arange(24, dtype=np.float32).reshape(4, 6)[:, :3].T
    with pytest.warns(aa.CopyWarning, match="x: copied, because the array is not contiguous"):
        result = fit_input(x, X)
    np.testing.assert_array_equal(result, x)


@pytest.mark.parametrize(
    ("value", "spec", "error", "message"),
    [
        (np.ones((3, 5), np.float32), X, aa.ShapeError, r"x: expected shape \(3, 4\), got \(3, 5\)"),
        (np.ones((3, 4)), X, aa.DTypeError, "x: expected float32, got float64; convert it"),
        (np.ones((3, 4), np.int32), X, aa.DTypeError, "x: expected float32, got int32"),
        (np.array([["a"] * 4] * 3), X, aa.DTypeError, "x: expected float32, got <U1"),
        ([[1.0], [1.0, 2.0]], X, aa.ShapeError, "ragged"),
        (None, X, aa.DTypeError, "got object"),
        (np.ones(3, np.float32), Y, aa.DTypeError, "y: expected integers, got float32"),
        (np.array([0, 10, 1]), Y, aa.InputError, r"y: expected values in \[0, 9\], got 10 at index 1"),
        (np.array([0, -1, 1]), Y, aa.InputError, r"got -1 at index 1"),
        (np.array([0, 2**40, 1]), {**Y, "classes": 0}, aa.InputError, "got 1099511627776 at index 1"),
    ],
)
def test_arrays_that_do_not_fit(value, spec, error, message):
    with pytest.raises(error, match=message):
        fit_input(value, spec)


def test_arrays_of_another_device():
    class OnCuda:
        def __dlpack__(self, **_):
            raise AssertionError("never called")

        def __dlpack_device__(self):
            return (2, 0)

    with pytest.raises(aa.DeviceError, match="host memory, got one on cuda"):
        as_numpy(OnCuda(), "x")


def test_arrays_of_jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    array = jax.numpy.arange(12, dtype=jax.numpy.float32).reshape(3, 4)
    view = fit_input(array, X)
    np.testing.assert_array_equal(view, np.arange(12, dtype=np.float32).reshape(3, 4))
    assert view.ctypes.data == array.unsafe_buffer_pointer()
    with pytest.raises(aa.DTypeError, match="expected float32, got float16"):
        fit_input(array.astype(jax.numpy.float16), X)
    with pytest.raises(aa.DTypeError, match="bfloat16"):
        fit_input(array.astype(jax.numpy.bfloat16), X)


def test_errors_survive_pickling():
    for failure in (aa.CompileError("wrong", "m.mlir:3:7", ("here",)), aa.NanLossError(7, float("nan"))):
        assert str(pickle.loads(pickle.dumps(failure))) == str(failure)
    assert str(aa.CompileError("wrong", "m.mlir:3:7")) == "m.mlir:3:7: wrong"


def test_batches():
    x, y = np.arange(10), np.arange(10) * 2
    loader = aa.data.Batches(x, y, batch_size=4, seed=1)
    first, second = list(loader), list(loader)
    assert len(loader) == len(first) == 2
    assert all(np.array_equal(b, 2 * a) for a, b in first)
    assert not all(np.array_equal(a[0], b[0]) for a, b in zip(first, second, strict=True))
    again = list(aa.data.Batches(x, y, batch_size=4, seed=1))
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, again, strict=True))
    rest = list(aa.data.Batches(x, batch_size=4, shuffle=False, drop_last=False))
    assert [len(batch[0]) for batch in rest] == [4, 4, 2]


def test_memory_report():
    spec = {
        "name": "step",
        "batch": 8,
        "saved": [
            {"layer": "0", "rule": "sign", "saved_bytes": 64, "exact_bytes": 2048, "shared_with": ""},
            {"layer": "1", "rule": "relu", "saved_bytes": 0, "exact_bytes": 64, "shared_with": "0"},
        ],
        "buffers": [
            {"name": "a", "kind": "saved", "bytes": 64, "offset": 0, "first": 0, "last": 2},
            {"name": "b", "kind": "temporary", "bytes": 128, "offset": 64, "first": 1, "last": 1},
        ],
        "arena_bytes": 192,
        "lower_bound_bytes": 192,
    }
    report = MemoryReport.from_spec(spec, state_bytes=1000)
    assert (report.saved_bytes, report.peak_bytes, report.arena_bytes) == (64, 1192, 192)
    assert report.by_layer[0].name == "0" and report.by_layer[1].shared_with == "0"
    assert report.live_bytes() == [64, 192, 64]
    assert "kept by 0" in str(report) and "gap 0.0%" in str(report)
    assert [format_bytes(size) for size in (0, 1023, 1536, 3 << 20)] == [
        "0 B",
        "1023 B",
        "1.5 KiB",
        "3.0 MiB",
    ]


def test_diagnostics_become_exceptions():
    found = error("compile", "m.mlir:3:7: error: 'auxact.linear' op wrong\n  %0 = …\n  ^\nm.mlir:1:1: note: see here\nerror: layer '0.Linear': again\n")
    assert isinstance(found, aa.CompileError)
    assert (found.location, found.message) == ("m.mlir:3:7", "'auxact.linear' op wrong")
    assert found.notes == ("0.Linear: again", "m.mlir:1:1: see here")
    found = error("compile", "no location")
    assert (found.location, found.message, found.notes) == ("", "no location", ())
    assert isinstance(error("compile", "target 'cuda': no driver"), aa.TargetError)
    assert isinstance(error("bundle", "'x' is truncated"), aa.BundleError)
    assert isinstance(error("run", "input 'x': expected f32[3x4]"), aa.InputError)
    stopped = error("run", "the loss is minus infinity at step 7 (entry 'step')")
    assert isinstance(stopped, aa.NanLossError) and (stopped.step, stopped.loss) == (7, -np.inf)


def test_whether_the_loss_comes_before_the_first_write_to_state():
    loss, weight = {"arena": 64}, {"state": 0}
    spec = {"outputs": [{"name": "loss", "place": loss}]}
    forward = {"args": [weight, loss], "results": 1}
    update = {"args": [loss, weight], "results": 1}
    assert _loss_comes_first({**spec, "launches": [forward, update]})
    assert not _loss_comes_first({**spec, "launches": [update, forward]})
