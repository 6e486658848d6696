# test_cuda.py - programs for a GPU, whole, through the executor
#
# The executor checks every access and the order of threads; here, numbers are those of the CPU target.
"""Training steps, memory, arrays and bundles of the CUDA target."""

import ctypes

import numpy as np
import pytest

import auxact as aa
from cuda import TARGET, compiled, require_driver, run_elsewhere
from reference import Rule
from support import PERCEPTRON, RESIDUAL, RULES

require_driver()

SGD = aa.optim.SGD(lr=0.05, momentum=0.9)
WIDE = [("linear", 70), ("relu",), ("linear", 65), ("relu",), ("linear", 10)]
ODD = [("linear", 7), ("relu",), ("linear", 3)]
NONNEGATIVE = [("0", Rule()), ("*", Rule("sign", nonnegative=True))]
SHARED = [("3.0", Rule("residual", source="1.0")), ("*", Rule())]

CASES = {
    "exact": (PERCEPTRON, 19, 16, RULES["exact"], SGD),
    "sign, residual network": (RESIDUAL, 23, 13, RULES["sign"], SGD),
    "sign, mean-abs": (PERCEPTRON, 19, 33, RULES["sign, mean-abs"], SGD),
    "sign, wide, adamw": (WIDE, 100, 40, RULES["sign"], aa.optim.AdamW(lr=0.01, weight_decay=0.1)),
    "sign, nonnegative": (WIDE, 33, 9, NONNEGATIVE, SGD),
    "center": (PERCEPTRON, 19, 16, RULES["center"], SGD),
    "center, least squares, adamw": (WIDE, 31, 17, RULES["center, least squares"], aa.optim.AdamW(lr=0.01)),
    "residual": (RESIDUAL, 19, 13, SHARED, SGD),
    "exact, odd, clipping": (ODD, 5, 1, RULES["exact"], aa.optim.SGD(lr=0.5, clip_grad_norm=0.1)),
    "sign, odd, clipping, adamw": (ODD, 33, 3, RULES["sign"], aa.optim.AdamW(lr=0.01, clip_grad_norm=0.1)),
}


def error(actual, expected):
    actual, expected = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    assert actual.shape == expected.shape
    return float(np.abs(actual - expected).max(initial=0.0) / max(np.abs(expected).max(initial=0.0), 1e-30))


def state_of(prog):
    return {name: prog._session.get_state(name) for name in prog._state}


def saved_of(prog, x, y):
    result = prog._session.run("saved", len(x), [x, y], {}, True)
    return {name: value for name, value in result.items() if name.startswith("saved:")}


@pytest.mark.parametrize("case", CASES)
def test_training_agrees_with_the_cpu(case):
    layers, features, rows, rules, optimizer = CASES[case]
    host, x, y = compiled("cpu", layers, features, rows, rules, optimizer=optimizer)
    device, _, _ = compiled(TARGET, layers, features, rows, rules, optimizer=optimizer)
    # First of all: later entries may need more memory than a step.
    losses = [[prog.step(x, y)["loss"] for _ in range(3)] for prog in (host, device)]
    assert error(losses[1], losses[0]) <= 1e-5
    assert device._session.allocated_bytes() == device.memory_report().peak_bytes
    assert device.memory_report().saved_bytes == host.memory_report().saved_bytes
    expected, actual = state_of(host), state_of(device)
    assert {name: e for name in expected if (e := error(actual[name], expected[name])) > 1e-5} == {}

    expected, actual = host.gradients(x, y), device.gradients(x, y)
    assert {name: e for name in expected if (e := error(actual[name], expected[name])) > 1e-5} == {}
    assert error(device.predict(x), host.predict(x)) <= 1e-5
    evaluated = device.evaluate(x[: rows - rows // 3], y[: rows - rows // 3])
    assert evaluated == pytest.approx(host.evaluate(x[: rows - rows // 3], y[: rows - rows // 3]), rel=1e-5)


@pytest.mark.parametrize("rules", ["sign", "center"])
def test_saved_bits_are_the_cpu_s(rules):
    host, x, y = compiled("cpu", RESIDUAL, 23, 13, RULES[rules])
    device, _, _ = compiled(TARGET, RESIDUAL, 23, 13, RULES[rules])
    expected, actual = saved_of(host, x, y), saved_of(device, x, y)
    packed = [name for name, value in expected.items() if value.dtype == np.int8]
    assert len(packed) >= 6
    for name, value in expected.items():
        if name in packed:
            np.testing.assert_array_equal(actual[name], value, name)
        else:
            assert error(actual[name], value) <= 1e-5, name


def test_mean_squared_error_needs_no_toolkit(tmp_path):
    layers = [("linear", 33), ("relu",), ("linear", 7)]
    options = {"loss": "mean_squared_error", "optimizer": SGD, "cache_dir": tmp_path}
    host, x, y = compiled("cpu", layers, 20, 12, RULES["sign"], **options)
    device, _, _ = compiled(TARGET, layers, 20, 12, RULES["sign"], toolkit=tmp_path, **options)
    for _ in range(2):
        assert device.step(x, y)["loss"] == pytest.approx(host.step(x, y)["loss"], rel=1e-5)
    with pytest.raises(aa.CompileError, match="libdevice") as caught:
        compiled(TARGET, PERCEPTRON, 19, 16, RULES["exact"], toolkit=tmp_path, cache_dir="none")
    assert "pip install nvidia-cuda-nvcc" in str(caught.value)
    with pytest.raises(aa.CompileError, match="ptxas"):
        compiled(TARGET, layers, 20, 12, RULES["sign"], toolkit=tmp_path, images=["cubin"], **options)


def test_repeated_runs_give_the_same_bits():
    states = []
    for _ in range(2):
        prog, x, y = compiled(TARGET, WIDE, 100, 40, RULES["sign"], optimizer=SGD)
        for _ in range(3):
            prog.step(x, y)
        states.append(state_of(prog))
    for name, value in states[0].items():
        np.testing.assert_array_equal(states[1][name], value, name)


def test_memory_is_aligned_and_slots_are_counted():
    prog, _, _ = compiled(TARGET, PERCEPTRON, 19, 16, RULES["sign"], optimizer=SGD)
    report = prog.memory_report()
    assert report.peak_bytes > report.state_bytes + report.arena_bytes
    assert "next batch" in str(report)
    assert {buffer.offset % 1024 for buffer in report.timeline} == {0}
    assert prog._session.allocated_bytes() >= report.state_bytes


def test_stages_print():
    prog, _, _ = compiled(TARGET, PERCEPTRON, 19, 16, RULES["sign"])
    assert "nvvm." in prog.print_ir("nvvm")
    text = prog.print_ir("ptx")
    assert ".target sm_90a" in text
    assert text.count(".visible .entry auxact_kernel_") > 3
    with pytest.raises(ValueError, match="expected one of model, step, linalg, kernels, plan, nvvm, ptx, got 'llvm'"):
        prog.print_ir("llvm")


def test_the_loss_may_stop_a_step():
    prog, x, y = compiled(TARGET, PERCEPTRON, 19, 16, RULES["sign"], optimizer=SGD, stop_on_nan=True)
    prog.step(x, y)
    before = state_of(prog)
    with pytest.raises(aa.NanLossError):
        prog.step(np.full_like(x, np.inf), y)
    for name, value in state_of(prog).items():
        np.testing.assert_array_equal(value, before[name], name)
    prog.step(x, y)
    assert prog.steps == 2


# Arrays of the device.


class Interface:
    """Speaks of an array as Numba and CuPy do."""

    def __init__(self, array, strides=None):
        self.array = array
        self.__cuda_array_interface__ = {
            "shape": array.shape,
            "typestr": array.dtype.str,
            "data": (array._pointer, False),
            "strides": strides,
            "version": 3,
        }


def test_arrays_go_from_program_to_program_on_the_device():
    first, x, _ = compiled(TARGET, PERCEPTRON, 19, 32, RULES["exact"])
    second, _, y2 = compiled(TARGET, ODD, 10, 16, RULES["exact"], optimizer=SGD)
    expected = first.predict(x)
    lent = first.predict(x, copy=False)
    assert isinstance(lent, aa.DeviceArray)
    assert (lent.shape, lent.dtype, lent.nbytes, len(lent)) == ((32, 10), np.float32, 1280, 32)
    assert lent.__dlpack_device__() == (2, 0)
    np.testing.assert_array_equal(lent.numpy(), expected)
    np.testing.assert_array_equal(np.asarray(lent[3:5]), expected[3:5])

    # Two batches of the second program.
    wanted = second.predict(expected)
    np.testing.assert_array_equal(second.predict(lent), wanted)
    np.testing.assert_array_equal(second.predict(Interface(lent)), wanted)
    gradients = second.gradients(expected[16:], y2)
    for name, value in second.gradients(lent[16:], y2).items():
        np.testing.assert_array_equal(value, gradients[name], name)
    with pytest.raises(aa.InputError, match="x: an array on a device must be contiguous"):
        second.predict(Interface(lent, strides=(80, 8)))
    with pytest.raises(aa.ShapeError, match=r"expected shape \(16, 10\), got \(16, 5\)"):
        second.predict(aa.DeviceArray(lent._pointer, lent.dtype, (16, 5), 0, lent))
    with pytest.raises(aa.ShapeError, match="rows on a device must fill whole batches of 16"):
        second.predict(lent[:7])
    with pytest.raises(aa.DTypeError, match="expected float32, got int32 on a device"):
        second.predict(aa.DeviceArray(lent._pointer, np.dtype("int32"), (16, 10), 0, lent))
    # A program of the CPU says where the array would have to be.
    host, _, _ = compiled("cpu", ODD, 10, 16, RULES["exact"])
    with pytest.raises(aa.DeviceError, match="expected an array in host memory, got one on cuda"):
        host.predict(lent)


class Tensor(ctypes.Structure):
    """DLPack's DLManagedTensor, as far as it is read here."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("device_type", ctypes.c_int32),
        ("device_id", ctypes.c_int32),
        ("ndim", ctypes.c_int32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(ctypes.c_int64)),
        ("strides", ctypes.POINTER(ctypes.c_int64)),
        ("byte_offset", ctypes.c_uint64),
    ]


def test_state_is_lent_by_dlpack():
    prog, x, y = compiled(TARGET, ODD, 10, 16, RULES["exact"], optimizer=SGD)
    prog.step(x, y)
    lent = prog.state_dict(copy=False)["0.weight"]
    read = ctypes.pythonapi.PyCapsule_GetPointer
    read.restype, read.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = lent.__dlpack__(stream=None, max_version=(1, 0), dl_device=(2, 0))
    tensor = Tensor.from_address(read(capsule, b"dltensor"))
    assert (tensor.data, tensor.device_type, tensor.device_id) == (lent._pointer, 2, 0)
    assert (tensor.code, tensor.bits, tensor.lanes, tensor.ndim) == (2, 32, 1, 2)
    assert list(tensor.shape[:2]) == [7, 10]
    with pytest.raises(BufferError):
        lent.__dlpack__(copy=True)
    with pytest.raises(BufferError):
        lent.__dlpack__(dl_device=(1, 0))
    # What is lent is alive: it follows the steps.
    before = lent.numpy()
    prog.step(x, y)
    np.testing.assert_array_equal(lent.numpy(), prog.state_dict()["0.weight"])
    assert not np.array_equal(lent.numpy(), before)
    # The executor's device memory is the host's: the address holds what the device wrote.
    values = np.ctypeslib.as_array((ctypes.c_float * 70).from_address(lent._pointer)).reshape(7, 10)
    np.testing.assert_array_equal(values, lent.numpy())


def test_state_of_a_host_s_program_is_lent_to_numpy():
    prog, x, y = compiled("cpu", ODD, 10, 16, RULES["exact"], optimizer=SGD)
    lent = prog.state_dict(copy=False)["0.weight"]
    prog.step(x, y)
    np.testing.assert_array_equal(lent, prog.state_dict()["0.weight"])
    with pytest.raises(ValueError, match="read-only"):
        lent[0, 0] = 1.0


# Bundles and machines.


def test_a_bundle_for_several_targets(tmp_path):
    host, x, y = compiled("cpu", PERCEPTRON, 19, 16, RULES["sign"], optimizer=SGD)
    host.step(x, y)
    host.predict(x)
    path = tmp_path / "several.auxact"
    host.save(path, targets=["cuda:sm_80", "cuda:sm_90a"])
    chosen = aa.load(path)
    assert chosen.target == TARGET
    older = aa.load(path, target="cuda:sm_80", device=0)
    again = aa.load(path, target="cpu")
    assert chosen.compile_report() == older.compile_report() == again.compile_report() == ""
    losses = [prog.step(x, y)["loss"] for prog in (host, chosen, older, again)]
    assert losses[3] == losses[0]
    assert error(losses, [losses[0]] * 4) <= 1e-5
    assert [prog.steps for prog in (chosen, older, again)] == [2, 2, 2]
    assert error(chosen.predict(x), host.predict(x)) <= 1e-5
    # Entries that the bundle lacks are compiled for the chosen target.
    assert error(older.gradients(x, y)["0.weight"], host.gradients(x, y)["0.weight"]) <= 1e-5
    # From one target to the other, and all targets stay.
    chosen.save(path)
    back = aa.load(path, target="cpu")
    assert back.steps == 2
    assert error(back.step(x, y)["loss"], host.step(x, y)["loss"]) <= 1e-5
    with pytest.raises(aa.BundleError, match="holds no target 'avx512'; it has: "):
        aa.load(path, target="avx512")
    with pytest.raises(aa.TargetError, match="unknown GPU target 'cuda:sm_42'"):
        host.save(path, targets=["cuda:sm_42"])


COMPILE = """
import sys
import auxact as aa
from cuda import *
prog, x, y = compiled("cuda:sm_90a", [("linear", 7), ("relu",), ("linear", 3)], 5, 4, [("*", Rule())], optimizer=aa.optim.SGD(lr=0.5))
"""
STEP = """
try:
    prog.step(x, y)
except aa.TargetError as error:
    print(error)
"""


def test_without_a_driver(tmp_path):
    path = tmp_path / "made.auxact"
    code = f"""
prog.save({str(path)!r})
state = prog.state_dict()
state["1.bias" if "1.bias" in state else "2.bias"][:] = 3.0
prog.load_state_dict(state)
assert prog.state_dict()["2.bias"][0] == 3.0
prog.memory_report()
"""
    said = run_elsewhere(COMPILE + code + STEP, AUXACT_CUDA_DRIVER="libcuda-of-nobody.so.1")
    assert said.startswith("cannot open the CUDA driver 'libcuda-of-nobody.so.1'")
    assert said.rstrip().endswith("it was named by AUXACT_CUDA_DRIVER")
    # What was made there runs here.
    prog = aa.load(path)
    assert prog.step(np.ones((4, 5), np.float32), np.zeros(4, np.int32))["loss"] > 0


def test_a_chip_that_does_not_fit():
    said = run_elsewhere(COMPILE + STEP, AUXACT_SIMT_CHIP="80")
    assert "the program was compiled for 'cuda:sm_90a', which cuda device 0" in said
    said = run_elsewhere(COMPILE + STEP, AUXACT_CUDA_DEVICE="3")
    assert "there is no CUDA device 3" in said
