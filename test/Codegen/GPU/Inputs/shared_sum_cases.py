"""Reductions that only a GPU cuts in these ways: blocks that share sums, several levels of them, and bits that pass by."""

import numpy as np
from kernel_cases import (
    SIGN,
    Case,
    _close,
    _random,
    _run,
    masked_bias_gradient,
    reduced,
    reduced_to_scalar,
    sign_elementwise,
    softmax_gradient,
    update_in_place,
)
from kernel_harness import bits_shape, pack
from kernel_text import elementwise, kernel, pack_bits, reduction

BELOW = ["%bit = arith.cmpf olt, %i0, %i1 : f32"]


def deviation(m, n, dimension):
    """Mean and mean square deviation of rows or columns: two levels."""
    name = f"deviation_{m}_{n}_{dimension}"
    shape, kept, count = (m, n), ((n,), (m,))[dimension], (m, n)[dimension]
    maps = ["(d0, d1)", ("(d1)", "(d0)")[dimension]]
    divide = [f"%n = arith.constant {float(count)} : f32", "%v = arith.divf %i0, %n : f32"]
    square = ["%d = arith.subf %i0, %i1 : f32", "%v = arith.mulf %d, %d : f32"]
    body = reduction("sum", "x", shape, dimension, "addf", 0.0)
    body += elementwise([("mean", "f32")], [("sum", kept, "f32")], kept, divide, ["%v"])
    body += elementwise([("square", "f32")], [("x", shape, "f32"), ("mean", kept, "f32")], shape, square, ["%v"], maps)
    body += reduction("squares", "square", shape, dimension, "addf", 0.0)
    body += elementwise([("deviation", "f32")], [("squares", kept, "f32")], kept, divide, ["%v"])
    text = kernel(name, [("x", shape, "f32")], [("mean", kept, "f32"), ("deviation", kept, "f32"), ("square", shape, "f32")], body)

    def check(compiled):
        x = _random(m, n) + np.float32(1)
        mean, deviation, squares = _run(compiled, [x], (kept, np.float32), (kept, np.float32), (shape, np.float32))
        expected = x.astype(float).mean(axis=dimension, keepdims=True)
        _close(mean, expected.reshape(kept))
        _close(squares, (x - expected) ** 2)
        _close(deviation, ((x - expected) ** 2).mean(axis=dimension))

    return Case(name, text, check)


def bits_in_passing(m, n, dimension):
    """Bits of x > 0 are stored while x is summed; those below the sum divided by the count, after it."""
    name = f"bits_in_passing_{m}_{n}_{dimension}"
    shape, kept, count = (m, n), ((n,), (m,))[dimension], (m, n)[dimension]
    maps = ["(d0, d1)", ("(d1)", "(d0)")[dimension]]
    divide = [f"%n = arith.constant {float(count)} : f32", "%v = arith.divf %i0, %n : f32"]
    body = elementwise([("seen", "f32"), ("bit", "i1")], [("x", shape, "f32")], shape, SIGN, ["%seen", "%bit"]) + pack_bits("bits", "seen#1", shape)
    body += reduction("sum", "x", shape, dimension, "addf", 0.0)
    body += elementwise([("mean", "f32")], [("sum", kept, "f32")], kept, divide, ["%v"])
    body += elementwise([("below", "i1")], [("x", shape, "f32"), ("mean", kept, "f32")], shape, BELOW, ["%bit"], maps) + pack_bits("low", "below", shape)
    text = kernel(name, [("x", shape, "f32")], [("bits", bits_shape(shape), "i8"), ("low", bits_shape(shape), "i8"), ("mean", kept, "f32")], body)

    def check(compiled):
        x = _random(m, n)
        bits, low, mean = _run(compiled, [x], (bits_shape(shape), np.uint8), (bits_shape(shape), np.uint8), (kept, np.float32))
        np.testing.assert_array_equal(bits, pack(x > 0))
        np.testing.assert_array_equal(low, pack(x < np.expand_dims(mean, dimension)))
        _close(mean, x.astype(float).mean(axis=dimension), 1e-5)

    return Case(name, text, check)


def all_cases():
    # Few sums of many elements.
    yield softmax_gradient(2, 70001)
    yield softmax_gradient(1, 100000)
    yield softmax_gradient(3, 40000)
    yield masked_bias_gradient(20000, 10)
    yield masked_bias_gradient(5000, 132)
    yield reduced(20000, 33, 0, "addf")
    yield reduced(20000, 4, 0, "maximumf")
    yield reduced(3, 100000, 1, "minimumf")
    yield reduced_to_scalar(300001)
    yield deviation(2, 40000, 1)
    yield deviation(9000, 20, 0)
    # A block or part of a warp a row, in registers or in loops.
    yield softmax_gradient(600, 2052)
    yield softmax_gradient(900, 3)
    yield deviation(300, 77, 1)
    yield deviation(40, 300, 0)
    for shape in [(33, 100), (5, 8), (70, 1023), (2, 60000), (9000, 36)]:
        yield bits_in_passing(*shape, 1)
        yield bits_in_passing(*shape, 0)
    yield sign_elementwise(500, 96)
    yield sign_elementwise(4, 8, 36)
    yield update_in_place(700, 1023)
