"""Kernels of every form with the NumPy computation that each must agree with.

A case has a name, its text, and a function that calls the compiled kernel and
compares. References are in float64.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from kernel_harness import bits_shape, guarded, pack, unaligned
from kernel_text import contraction, elementwise, kernel, pack_bits, reduction, unpack_bits

EPSILON = np.float32(0.01)
INFINITY = "0x7F800000"
MINUS_INFINITY = "0xFF800000"

# x + epsilon * s(x), and the bits x > 0.
SIGN = [
    "%zero = arith.constant 0.0 : f32",
    "%high = arith.constant 0.01 : f32",
    "%low = arith.constant -0.01 : f32",
    "%bit = arith.cmpf ogt, %i0, %zero : f32",
    "%level = arith.select %bit, %high, %low : f32",
    "%seen = arith.addf %i0, %level : f32",
]
# epsilon * s, from the bits.
LEVELS = ["%high = arith.constant 0.01 : f32", "%low = arith.constant -0.01 : f32", "%level = arith.select %i0, %high, %low : f32"]
# The value where the bit is set.
MASK = ["%zero = arith.constant 0.0 : f32", "%masked = arith.select %i1, %i0, %zero : f32"]


@dataclass
class Case:
    name: str
    text: str
    check: Callable


def _random(*shape):
    # The generator is seeded by shape, so that a failing case fails alone too.
    return np.random.default_rng([*shape, 7]).standard_normal(shape).astype(np.float32)


def _close(got, expected, tolerance=1e-6):
    error = np.linalg.norm(got - expected) / max(np.linalg.norm(expected), 1e-30)
    assert error < tolerance, f"relative error {error:.2e}"


def _run(compiled, inputs, *outputs):
    """Calls the kernel, its tasks in a random order; `outputs` are (shape, dtype)."""
    arrays = [guarded(shape, dtype) for shape, dtype in outputs]
    for array, _ in arrays:
        array[...] = np.nan if array.dtype.kind == "f" else np.iinfo(array.dtype).max
    compiled([unaligned(i) for i in inputs], [a for a, _ in arrays], np.random.default_rng(3).permutation(compiled.tasks))
    assert all(unharmed() for _, unharmed in arrays), "wrote outside its results"
    return [array for array, _ in arrays]


def plain_contraction(m, n, k, a_transposed, b_transposed):
    a_shape, b_shape = ((k, m) if a_transposed else (m, k)), ((n, k) if b_transposed else (k, n))
    name = f"contraction_{m}_{n}_{k}_{'t' if a_transposed else 'n'}{'t' if b_transposed else 'n'}"
    body = contraction("c", "a", "b", m, n, k, a_transposed, b_transposed)
    text = kernel(name, [("a", a_shape, "f32"), ("b", b_shape, "f32")], [("c", (m, n), "f32")], body)

    def check(compiled):
        a, b = _random(*a_shape), _random(*b_shape)
        (c,) = _run(compiled, [a, b], ((m, n), np.float32))
        _close(c, (a.T if a_transposed else a).astype(float) @ (b.T if b_transposed else b))

    return Case(name, text, check)


def sign_while_packing(m, n, k, a_transposed):
    """y = (x + epsilon s(x)) w' + bias; the bits of x are stored while x is packed."""
    shape = (k, m) if a_transposed else (m, k)
    name = f"sign_packed_{m}_{n}_{k}_{'t' if a_transposed else 'n'}"
    body = elementwise([("seen", "f32"), ("bit", "i1")], [("x", shape, "f32")], shape, SIGN, ["%seen", "%bit"])
    body += pack_bits("bits", "seen#1", shape)
    body += contraction("c", "seen#0", "w", m, n, k, a_transposed, True)
    operands = [("c", (m, n), "f32"), ("bias", (n,), "f32")]
    body += elementwise([("y", "f32")], operands, (m, n), ["%v = arith.addf %i0, %i1 : f32"], ["%v"], ["(d0, d1)", "(d1)"])
    arguments = [("x", shape, "f32"), ("w", (n, k), "f32"), ("bias", (n,), "f32")]
    text = kernel(name, arguments, [("y", (m, n), "f32"), ("bits", bits_shape(shape), "i8")], body)

    def check(compiled):
        x, w, bias = _random(*shape), _random(n, k), _random(n)
        x.flat[0], x.flat[-1] = 0.0, -0.0
        y, bits = _run(compiled, [x, w, bias], ((m, n), np.float32), (bits_shape(shape), np.uint8))
        seen = (x + np.where(x > 0, EPSILON, -EPSILON)).astype(float)
        _close(y, (seen.T if a_transposed else seen) @ w.T.astype(float) + bias)
        np.testing.assert_array_equal(bits, pack(x > 0))

    return Case(name, text, check)


def sign_in_producer(m, n, k):
    """r = relu(x w' + bias); r + epsilon s(r) and the bits of r are stored instead of r."""
    name = f"sign_produced_{m}_{n}_{k}"
    relu = ["%zero = arith.constant 0.0 : f32", "%v = arith.addf %i0, %i1 : f32", "%r = arith.maximumf %v, %zero : f32"]
    operands = [("c", (m, n), "f32"), ("bias", (n,), "f32")]
    body = contraction("c", "x", "w", m, n, k, False, True)
    body += elementwise([("relu", "f32")], operands, (m, n), relu, ["%r"], ["(d0, d1)", "(d1)"])
    body += elementwise([("seen", "f32"), ("bit", "i1")], [("relu", (m, n), "f32")], (m, n), SIGN, ["%seen", "%bit"])
    body += pack_bits("bits", "seen#1", (m, n))
    arguments = [("x", (m, k), "f32"), ("w", (n, k), "f32"), ("bias", (n,), "f32")]
    text = kernel(name, arguments, [("seen#0", (m, n), "f32"), ("bits", bits_shape((m, n)), "i8")], body)

    def check(compiled):
        x, w, bias = _random(m, k), _random(n, k), _random(n)
        seen, bits = _run(compiled, [x, w, bias], ((m, n), np.float32), (bits_shape((m, n)), np.uint8))
        relu = np.maximum(x.astype(float) @ w.T + bias, 0)
        positive = np.unpackbits(bits, axis=-1, bitorder="little", count=n).astype(bool)
        assert (bits == pack(positive)).all(), "the padding is not zero"
        assert ((relu > 1e-5) <= positive).all() and (positive <= (relu > -1e-5)).all(), "wrong bits"
        _close(seen, relu + np.where(positive, EPSILON, -EPSILON))

    return Case(name, text, check)


def weight_gradient_from_bits(m, n, k):
    """delta' (epsilon s), s from bits that are expanded while they are packed."""
    name = f"gradient_bits_{m}_{n}_{k}"
    body = unpack_bits("bit", "bits", (k, n)) + elementwise([("a", "f32")], [("bit", (k, n), "i1")], (k, n), LEVELS, ["%level"])
    body += contraction("c", "delta", "a", m, n, k, True, False)
    text = kernel(name, [("delta", (k, m), "f32"), ("bits", bits_shape((k, n)), "i8")], [("c", (m, n), "f32")], body)

    def check(compiled):
        delta, positive = _random(k, m), _random(k, n) > 0
        (c,) = _run(compiled, [delta, pack(positive)], ((m, n), np.float32))
        _close(c, delta.T.astype(float) @ np.where(positive, EPSILON, -EPSILON).astype(float))

    return Case(name, text, check)


def masked_input_gradient(m, n, k):
    """(delta w) where the relu's bit is set."""
    name = f"masked_gradient_{m}_{n}_{k}"
    body = contraction("c", "delta", "w", m, n, k) + unpack_bits("bit", "bits", (m, n))
    body += elementwise([("y", "f32")], [("c", (m, n), "f32"), ("bit", (m, n), "i1")], (m, n), MASK, ["%masked"])
    arguments = [("delta", (m, k), "f32"), ("w", (k, n), "f32"), ("bits", bits_shape((m, n)), "i8")]
    text = kernel(name, arguments, [("y", (m, n), "f32")], body)

    def check(compiled):
        delta, w, positive = _random(m, k), _random(k, n), _random(m, n) > 0
        (y,) = _run(compiled, [delta, w, pack(positive)], ((m, n), np.float32))
        _close(y, delta.astype(float) @ w * positive)

    return Case(name, text, check)


def update_in_place(*shape):
    """A step of SGD with momentum: both results overwrite an argument."""
    name = "update_" + "_".join(map(str, shape))
    step = [
        "%decay = arith.constant 0.9 : f32",
        "%old = arith.mulf %decay, %i2 : f32",
        "%new = arith.addf %old, %i1 : f32",
        "%move = arith.mulf %new, %i3 : f32",
        "%moved = arith.subf %i0, %move : f32",
    ]
    arguments = [("w", shape, "f32"), ("g", shape, "f32"), ("m", shape, "f32"), ("rate", (), "f32")]
    body = elementwise([("r", "f32"), ("s", "f32")], arguments, shape, step, ["%moved", "%new"])
    text = kernel(name, arguments, [("r#0", shape, "f32"), ("r#1", shape, "f32")], body)

    def check(compiled):
        w, g, m = (unaligned(_random(i, *shape)[0] if i == 1 else _random(*shape) * i) for i in (1, 2, 3))
        rate = np.array(0.05, np.float32)
        momentum = m.astype(float) * np.float32(0.9) + g
        weight = w - momentum * rate
        compiled([w, g, m, rate], [w, m])
        _close(w, weight)
        _close(m, momentum)

    return Case(name, text, check)


def sign_elementwise(*shape):
    name = "sign_" + "_".join(map(str, shape))
    body = elementwise([("seen", "f32"), ("bit", "i1")], [("x", shape, "f32")], shape, SIGN, ["%seen", "%bit"]) + pack_bits("bits", "seen#1", shape)
    text = kernel(name, [("x", shape, "f32")], [("seen#0", shape, "f32"), ("bits", bits_shape(shape), "i8")], body)

    def check(compiled):
        x = _random(*shape)
        x.flat[::7], x.flat[1::11], x.flat[2::13], x.flat[3::17], x.flat[4::19] = 0.0, np.nan, -np.inf, np.inf, -0.0
        seen, bits = _run(compiled, [x], (shape, np.float32), (bits_shape(shape), np.uint8))
        np.testing.assert_array_equal(bits, pack(x > 0))
        np.testing.assert_array_equal(seen, x + np.where(x > 0, EPSILON, -EPSILON))

    return Case(name, text, check)


def reduced(rows, columns, dimension, combiner):
    name = f"{combiner}_{rows}_{columns}_{dimension}"
    init, function = {"addf": (0.0, np.sum), "maximumf": (MINUS_INFINITY, np.max), "minimumf": (INFINITY, np.min)}[combiner]
    kept = ((columns,), (rows,))[dimension]
    body = reduction("r", "x", (rows, columns), dimension, combiner, init)
    text = kernel(name, [("x", (rows, columns), "f32")], [("r", kept, "f32")], body)

    def check(compiled):
        x = _random(rows, columns)
        (r,) = _run(compiled, [x], (kept, np.float32))
        expected = function(x.astype(float), axis=dimension)
        if combiner == "addf":
            # Pairwise enough: a few units in the last place of the sum of sizes.
            assert (np.abs(r - expected) <= 1e-6 * np.abs(x).sum(axis=dimension)).all()
            return
        np.testing.assert_array_equal(r, expected)
        x[rows // 2, columns // 2] = np.nan
        (r,) = _run(compiled, [x], (kept, np.float32))
        np.testing.assert_array_equal(r, function(x, axis=dimension))

    return Case(name, text, check)


def reduced_to_scalar(size):
    """The mean of a vector: an epilogue on a reduction to rank 0."""
    name = f"mean_{size}"
    body = reduction("sum", "x", (size,), 0, "addf", 0.0)
    divide = [f"%n = arith.constant {float(size)} : f32", "%v = arith.divf %i0, %n : f32"]
    body += elementwise([("mean", "f32")], [("sum", (), "f32")], (), divide, ["%v"])
    text = kernel(name, [("x", (size,), "f32")], [("mean", (), "f32")], body)

    def check(compiled):
        x = np.abs(_random(size))
        (mean,) = _run(compiled, [x], ((), np.float32))
        _close(mean, x.astype(float).mean())

    return Case(name, text, check)


def softmax_gradient(m, n):
    """softmax(x) - onehot(label), and the log-sum-exp of each row, in one kernel of two reductions."""
    name = f"softmax_{m}_{n}"
    shape = (m, n)
    over_rows = ["(d0, d1)", "(d0)", "(d0)"]
    body = reduction("max", "x", shape, 1, "maximumf", MINUS_INFINITY)
    exponential = ["%d = arith.subf %i0, %i1 : f32", "%e = math.exp %d : f32"]
    body += elementwise([("exp", "f32")], [("x", shape, "f32"), ("max", (m,), "f32")], shape, exponential, ["%e"], over_rows[:2])
    body += reduction("sum", "exp", shape, 1, "addf", 0.0)
    gradient = [
        "%p = arith.divf %i0, %i1 : f32",
        "%column = linalg.index 1 : index",
        "%class = arith.index_cast %column : index to i32",
        "%hit = arith.cmpi eq, %class, %i2 : i32",
        "%one = arith.constant 1.0 : f32",
        "%less = arith.subf %p, %one : f32",
        "%g = arith.select %hit, %less, %p : f32",
    ]
    operands = [("exp", shape, "f32"), ("sum", (m,), "f32"), ("label", (m,), "i32")]
    body += elementwise([("gradient", "f32")], operands, shape, gradient, ["%g"], over_rows)
    logarithm = ["%l = math.log %i1 : f32", "%s = arith.addf %i0, %l : f32"]
    body += elementwise([("lse", "f32")], [("max", (m,), "f32"), ("sum", (m,), "f32")], (m,), logarithm, ["%s"])
    text = kernel(name, [("x", shape, "f32"), ("label", (m,), "i32")], [("gradient", shape, "f32"), ("lse", (m,), "f32")], body)

    def check(compiled):
        x, label = 3 * _random(m, n), np.random.default_rng(m).integers(0, n, m).astype(np.int32)
        gradient, lse = _run(compiled, [x, label], (shape, np.float32), ((m,), np.float32))
        exponentials = np.exp(x.astype(float) - x.max(1, keepdims=True))
        expected = exponentials / exponentials.sum(1, keepdims=True)
        expected[np.arange(m), label] -= 1
        _close(gradient, expected)
        _close(lse, np.log(exponentials.sum(1)) + x.max(1))

    return Case(name, text, check)


def masked_bias_gradient(m, n):
    """The masked delta is stored while its columns are summed."""
    name = f"bias_gradient_{m}_{n}"
    shape = (m, n)
    body = unpack_bits("bit", "bits", shape)
    body += elementwise([("y", "f32")], [("d", shape, "f32"), ("bit", shape, "i1")], shape, MASK, ["%masked"])
    body += reduction("db", "y", shape, 0, "addf", 0.0)
    text = kernel(name, [("d", shape, "f32"), ("bits", bits_shape(shape), "i8")], [("y", shape, "f32"), ("db", (n,), "f32")], body)

    def check(compiled):
        delta, positive = _random(m, n), _random(n, m).T > 0
        masked, sums = _run(compiled, [delta, pack(positive)], (shape, np.float32), ((n,), np.float32))
        np.testing.assert_array_equal(masked, np.where(positive, delta, 0))
        assert (np.abs(sums - (delta.astype(float) * positive).sum(0)) <= 1e-6 * np.abs(delta).sum(0)).all()

    return Case(name, text, check)


def scaled_and_encoded(m, n, k):
    """Both factors have a prologue: a row scale on A, and the signs of B (n, k), whose bits are stored."""
    name = f"scaled_{m}_{n}_{k}"
    scale = elementwise(
        [("scaled", "f32")], [("a", (m, k), "f32"), ("s", (m,), "f32")], (m, k), ["%v = arith.mulf %i0, %i1 : f32"], ["%v"], ["(d0, d1)", "(d0)"]
    )
    sign = elementwise([("seen", "f32"), ("bit", "i1")], [("b", (n, k), "f32")], (n, k), SIGN, ["%seen", "%bit"])
    body = scale + sign + pack_bits("bits", "seen#1", (n, k)) + contraction("c", "scaled", "seen#0", m, n, k, False, True)
    arguments = [("a", (m, k), "f32"), ("s", (m,), "f32"), ("b", (n, k), "f32")]
    text = kernel(name, arguments, [("c", (m, n), "f32"), ("bits", bits_shape((n, k)), "i8"), ("scaled", (m, k), "f32")], body)

    def check(compiled):
        a, s, b = _random(m, k), _random(m), _random(n, k)
        c, bits, scaled = _run(compiled, [a, s, b], ((m, n), np.float32), (bits_shape((n, k)), np.uint8), ((m, k), np.float32))
        np.testing.assert_array_equal(scaled, a * s[:, None])
        np.testing.assert_array_equal(bits, pack(b > 0))
        _close(c, scaled.astype(float) @ (b + np.where(b > 0, EPSILON, -EPSILON)).T.astype(float))

    return Case(name, text, check)


def update_of_weight(m, n, k):
    """w - rate delta' a in the epilogue; the result overwrites w."""
    name = f"weight_update_{m}_{n}_{k}"
    step = ["%move = arith.mulf %i0, %i2 : f32", "%moved = arith.subf %i1, %move : f32"]
    operands = [("c", (m, n), "f32"), ("w", (m, n), "f32"), ("rate", (), "f32")]
    body = contraction("c", "delta", "a", m, n, k, True, False) + elementwise([("r", "f32")], operands, (m, n), step, ["%moved"])
    arguments = [("delta", (k, m), "f32"), ("a", (k, n), "f32"), ("w", (m, n), "f32"), ("rate", (), "f32")]
    text = kernel(name, arguments, [("r", (m, n), "f32")], body)

    def check(compiled):
        delta, a, w = _random(k, m), _random(k, n), unaligned(_random(m, n))
        rate = np.array(0.5, np.float32)
        expected = w - 0.5 * (delta.T.astype(float) @ a)
        compiled([delta, a, w, rate], [w])
        _close(w, expected)

    return Case(name, text, check)


def few_bits(shape, size):
    """q = the low bits of an integer, packed; y = what the bits of another tensor say, scaled."""
    name = f"few_bits_{size}_" + "_".join(map(str, shape))
    body = elementwise([("q", f"i{size}")], [("x", shape, "i32")], shape, [f"%v = arith.trunci %i0 : i32 to i{size}"], ["%v"])
    body += pack_bits("packed", "q", shape, size) + unpack_bits("p", "other", shape, size)
    read = [f"%w = arith.extui %i0 : i{size} to i32", "%f = arith.uitofp %w : i32 to f32", "%v = arith.mulf %f, %i1 : f32"]
    body += elementwise([("y", "f32")], [("p", shape, f"i{size}"), ("s", (), "f32")], shape, read, ["%v"])
    arguments = [("x", shape, "i32"), ("other", bits_shape(shape, size), "i8"), ("s", (), "f32")]
    text = kernel(name, arguments, [("packed", bits_shape(shape, size), "i8"), ("y", shape, "f32")], body)

    def check(compiled):
        generator = np.random.default_rng([*shape, size])
        x, other = (generator.integers(0, 1 << 30, shape, np.int32) for _ in range(2))
        scale, levels = np.array(0.25, np.float32), (1 << size) - 1
        packed, y = _run(compiled, [x, pack(other & levels, size), scale], (bits_shape(shape, size), np.uint8), (shape, np.float32))
        np.testing.assert_array_equal(packed, pack(x & levels, size))
        np.testing.assert_array_equal(y, (other & levels).astype(np.float32) * scale)

    return Case(name, text, check)


def few_bits_of_rows(m, n, size):
    """Rows are divided by their largest element on the way to integers of a few bits, as quantisation does."""
    name = f"few_bits_rows_{size}_{m}_{n}"
    levels = (1 << size) - 1
    body = reduction("high", "x", (m, n), 1, "maximumf", MINUS_INFINITY)
    quantise = [
        f"%levels = arith.constant {float(levels)} : f32",
        "%r = arith.divf %i0, %i1 : f32",
        "%s = arith.mulf %r, %levels : f32",
        "%w = arith.fptosi %s : f32 to i32",
        f"%v = arith.trunci %w : i32 to i{size}",
    ]
    operands = [("x", (m, n), "f32"), ("high", (m,), "f32")]
    body += elementwise([("q", f"i{size}")], operands, (m, n), quantise, ["%v"], ["(d0, d1)", "(d0)"])
    body += pack_bits("packed", "q", (m, n), size)
    results = [("packed", bits_shape((m, n), size), "i8"), ("high", (m,), "f32")]
    text = kernel(name, [("x", (m, n), "f32")], results, body)

    def check(compiled):
        x = np.abs(_random(m, n))
        packed, high = _run(compiled, [x], (bits_shape((m, n), size), np.uint8), ((m,), np.float32))
        np.testing.assert_array_equal(high, x.max(1))
        expected = (x / x.max(1, keepdims=True) * np.float32(levels)).astype(np.int32)
        np.testing.assert_array_equal(packed, pack(expected, size))

    return Case(name, text, check)


def weight_gradient_from_few_bits(m, n, k, size):
    """(s delta)' q: one scale a row of delta, q from its bits."""
    name = f"gradient_few_bits_{size}_{m}_{n}_{k}"
    level = [f"%w = arith.extui %i0 : i{size} to i32", "%v = arith.uitofp %w : i32 to f32"]
    body = unpack_bits("bits", "packed", (k, n), size) + elementwise([("q", "f32")], [("bits", (k, n), f"i{size}")], (k, n), level, ["%v"])
    operands = [("delta", (k, m), "f32"), ("s", (k,), "f32")]
    body += elementwise([("scaled", "f32")], operands, (k, m), ["%v = arith.mulf %i0, %i1 : f32"], ["%v"], ["(d0, d1)", "(d0)"])
    body += contraction("c", "scaled", "q", m, n, k, True, False)
    arguments = [*operands, ("packed", bits_shape((k, n), size), "i8")]
    text = kernel(name, arguments, [("c", (m, n), "f32")], body)

    def check(compiled):
        delta, s = _random(k, m), _random(k)
        q = np.random.default_rng([m, n, k, size]).integers(0, 1 << size, (k, n))
        (c,) = _run(compiled, [delta, s, pack(q, size)], ((m, n), np.float32))
        _close(c, (delta * s[:, None]).T.astype(float) @ q)

    return Case(name, text, check)


def transposed_read(m, n):
    """y = x' + b: lanes that do not lie together in memory."""
    name = f"transposed_{m}_{n}"
    operands = [("x", (n, m), "f32"), ("b", (n,), "f32")]
    body = elementwise([("y", "f32")], operands, (m, n), ["%v = arith.addf %i0, %i1 : f32"], ["%v"], ["(d1, d0)", "(d1)"])
    text = kernel(name, operands, [("y", (m, n), "f32")], body)

    def check(compiled):
        x, b = _random(n, m), _random(n)
        (y,) = _run(compiled, [x, b], ((m, n), np.float32))
        np.testing.assert_array_equal(y, x.T + b)

    return Case(name, text, check)


def math_function(name, function, low, high):
    size = 4099
    body = elementwise([("r", "f32")], [("x", (size,), "f32")], (size,), [f"%v = math.{name} %i0 : f32"], ["%v"])
    text = kernel(f"math_{name}", [("x", (size,), "f32")], [("r", (size,), "f32")], body)

    def check(compiled):
        x = np.random.default_rng(1).uniform(low, high, size).astype(np.float32)
        (r,) = _run(compiled, [x], ((size,), np.float32))
        expected = function(x.astype(float))
        error = np.max(np.abs(r - expected) / np.maximum(np.abs(expected), 1e-30))
        assert error < 5e-7, f"relative error {error:.2e}"

    return Case(f"math_{name}", text, check)
