# test_cuda_precision.py - mixed precision on the CUDA target, through the executor
#
# Both targets round at the same places; what differs is the order of sums, and with it, now and then, which way a
# value is rounded.
"""bf16 and tf32 of the CUDA target against the CPU's."""

import numpy as np
import pytest

import auxact as aa
from cuda import TARGET, compiled, require_driver
from reference import relative_error
from support import PERCEPTRON, RESIDUAL, RULES

require_driver()

SGD = aa.optim.SGD(lr=0.05, momentum=0.9)
SMOOTH = [("linear", 33), ("gelu", "tanh"), ("linear", 17), ("gelu", "none"), ("linear", 10)]
WIDE = [("linear", 70), ("relu",), ("linear", 65), ("gelu", "none"), ("linear", 10)]

CASES = {
    "exact": (SMOOTH, 19, 16, RULES["exact"], SGD),
    "sign, residual network": (RESIDUAL, 24, 16, RULES["sign"], SGD),
    "sign, wide": (WIDE, 100, 40, RULES["sign"], SGD),
    "exact, adamw": (SMOOTH, 33, 17, RULES["exact"], aa.optim.AdamW(lr=0.01, weight_decay=0.1)),
    "center, odd": (WIDE, 33, 7, RULES["center"], SGD),
    "one row": (PERCEPTRON, 19, 1, RULES["exact"], SGD),
}


def moved(prog, start):
    return {name: value - start[name] for name, value in prog.state_dict().items()}


@pytest.mark.parametrize("precision", ["bfloat16", "tf32"])
@pytest.mark.parametrize("case", CASES)
def test_training_agrees_with_the_cpu(case, precision):
    layers, features, rows, rules, optimizer = CASES[case]
    host, x, y = compiled("cpu", layers, features, rows, rules, optimizer=optimizer, precision=precision)
    device, _, _ = compiled(TARGET, layers, features, rows, rules, optimizer=optimizer, precision=precision)
    # Strict float32 would not notice.
    assert "mma.sync" in device.print_ir("ptx")
    expected, actual = host.gradients(x, y), device.gradients(x, y)
    errors = {name: relative_error(actual[name], expected[name]) for name in expected}
    # A bit or a mask may differ where the value is zero but for its rounding, and moves a row and a column.
    assert np.median(list(errors.values())) <= 1e-2, errors
    assert max(errors.values()) <= (1e-2 if layers is SMOOTH and rules is RULES["exact"] else 0.2), errors
    assert relative_error(device.predict(x), host.predict(x)) <= 1e-2
    start = host.state_dict()
    for _ in range(3):
        assert device.step(x, y)["loss"] == pytest.approx(host.step(x, y)["loss"], rel=1e-2)
    assert device.memory_report().saved_bytes == host.memory_report().saved_bytes
    after, elsewhere = moved(host, start), moved(device, start)
    everything = [np.concatenate([values[name].ravel() for name in after]) for values in (elsewhere, after)]
    # AdamW divides by the gradient's size, and so makes small gradients' rounding large.
    assert relative_error(*everything) <= (5e-2 if "adamw" in case else 2e-2)


def test_bits_of_the_input_are_the_cpu_s():
    """Later bits may differ where a value is zero but for its rounding; these may not."""
    kept = []
    for target in ("cpu", TARGET):
        prog, x, y = compiled(target, RESIDUAL, 23, 13, RULES["sign"], precision="bfloat16")
        result = prog._session.run("saved", len(x), [x, y], {}, True)
        kept.append({name: value for name, value in result.items() if value.dtype == np.int8})
    assert len(kept[0]) >= 6
    np.testing.assert_array_equal(kept[0]["saved:0"], kept[1]["saved:0"])
    bits = [np.concatenate([np.unpackbits(value.view(np.uint8)) for value in values.values()]) for values in kept]
    assert np.mean(bits[0] != bits[1]) <= 2e-3


def test_repeated_runs_give_the_same_bits():
    states = []
    for _ in range(2):
        prog, x, y = compiled(TARGET, WIDE, 100, 40, RULES["sign"], optimizer=SGD, precision="bfloat16")
        prog.step(x, y)
        states.append(prog.state_dict())
    for name, value in states[0].items():
        np.testing.assert_array_equal(states[1][name], value, name)
