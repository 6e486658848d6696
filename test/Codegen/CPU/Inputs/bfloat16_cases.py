"""Kernels that read or write bf16, as a step in mixed precision has them.

Their arrays of bf16 are arrays of uint16. References round where the kernel does
and are in float64 otherwise.
"""

import numpy as np
from kernel_cases import EPSILON, LEVELS, MASK, SIGN, Case, _close, _random, _run
from kernel_harness import bits_shape, from_bfloat16, pack, to_bfloat16, unaligned
from kernel_text import contraction, elementwise, kernel, pack_bits, reduction, unpack_bits

ROUND = ["%rounded = arith.truncf %i0 : f32 to bf16"]
EXTEND = ["%extended = arith.extf %i0 : bf16 to f32"]


def _stored(*shape):
    """Random bf16 as bits, and as numbers."""
    bits = to_bfloat16(_random(*shape))
    return bits, from_bfloat16(bits).astype(float)


def _rounded(array):
    return from_bfloat16(to_bfloat16(array)).astype(float)


def _round(out, name, shape):
    return elementwise([(out, "bf16")], [(name, shape, "f32")], shape, ROUND, ["%rounded"])


def _close_rounded(got, expected):
    """`got` is `expected` rounded, but where the sum's own error decides a tie the other way."""
    numbers = from_bfloat16(got).astype(float)
    # The distance between neighbours.
    unit = 2.0 ** (np.floor(np.log2(np.maximum(np.abs(expected), 1e-30))) - 7)
    error = np.abs(numbers - expected) - 1e-5 * np.abs(expected).max()
    assert (error <= 0.5 * unit).all(), f"off by {np.max(error / unit):.3f} units of bf16"


def stored_contraction(m, n, k, a_transposed, b_transposed):
    a_shape, b_shape = ((k, m) if a_transposed else (m, k)), ((n, k) if b_transposed else (k, n))
    name = f"bf16_contraction_{m}_{n}_{k}_{'t' if a_transposed else 'n'}{'t' if b_transposed else 'n'}"
    body = contraction("c", "a", "b", m, n, k, a_transposed, b_transposed, "bf16")
    text = kernel(name, [("a", a_shape, "bf16"), ("b", b_shape, "bf16")], [("c", (m, n), "f32")], body)

    def check(compiled):
        (a, a_numbers), (b, b_numbers) = _stored(*a_shape), _stored(*b_shape)
        (c,) = _run(compiled, [a, b], ((m, n), np.float32))
        _close(c, (a_numbers.T if a_transposed else a_numbers) @ (b_numbers.T if b_transposed else b_numbers))

    return Case(name, text, check)


def forward(m, n, k):
    """relu(x w' + bias): w is rounded while it is read, h + epsilon s(h) when it is written."""
    name = f"bf16_forward_{m}_{n}_{k}"
    relu = ["%zero = arith.constant 0.0 : f32", "%v = arith.addf %i0, %i1 : f32", "%r = arith.maximumf %v, %zero : f32"]
    operands = [("c", (m, n), "f32"), ("bias", (n,), "f32")]
    body = _round("w_rounded", "w", (n, k)) + contraction("c", "x", "w_rounded", m, n, k, False, True, "bf16")
    body += elementwise([("relu", "f32")], operands, (m, n), relu, ["%r"], ["(d0, d1)", "(d1)"])
    body += elementwise([("seen", "f32"), ("bit", "i1")], [("relu", (m, n), "f32")], (m, n), SIGN, ["%seen", "%bit"])
    body += pack_bits("bits", "seen#1", (m, n)) + _round("y", "seen#0", (m, n))
    arguments = [("x", (m, k), "bf16"), ("w", (n, k), "f32"), ("bias", (n,), "f32")]
    text = kernel(name, arguments, [("y", (m, n), "bf16"), ("bits", bits_shape((m, n)), "i8")], body)

    def check(compiled):
        (x, numbers), w, bias = _stored(m, k), _random(n, k), _random(n)
        y, bits = _run(compiled, [x, w, bias], ((m, n), np.uint16), (bits_shape((m, n)), np.uint8))
        relu = np.maximum(numbers @ _rounded(w).T + bias, 0)
        positive = np.unpackbits(bits, axis=-1, bitorder="little", count=n).astype(bool)
        assert (bits == pack(positive)).all(), "the padding is not zero"
        assert ((relu > 1e-5) <= positive).all() and (positive <= (relu > -1e-5)).all(), "wrong bits"
        _close_rounded(y, relu + np.where(positive, EPSILON, -EPSILON))

    return Case(name, text, check)


def sign_while_packing(m, n, k):
    """y = (x + epsilon s(x)) w' of a float32 x that is rounded, and its bits taken, while it is packed."""
    name = f"bf16_sign_packed_{m}_{n}_{k}"
    body = elementwise([("seen", "f32"), ("bit", "i1")], [("x", (m, k), "f32")], (m, k), SIGN, ["%seen", "%bit"])
    body += pack_bits("bits", "seen#1", (m, k)) + _round("a", "seen#0", (m, k)) + _round("b", "w", (n, k))
    body += contraction("y", "a", "b", m, n, k, False, True, "bf16")
    arguments = [("x", (m, k), "f32"), ("w", (n, k), "f32")]
    text = kernel(name, arguments, [("y", (m, n), "f32"), ("bits", bits_shape((m, k)), "i8")], body)

    def check(compiled):
        x, w = _random(m, k), _random(n, k)
        x.flat[0], x.flat[-1] = 0.0, -0.0
        y, bits = _run(compiled, [x, w], ((m, n), np.float32), (bits_shape((m, k)), np.uint8))
        _close(y, _rounded(x + np.where(x > 0, EPSILON, -EPSILON)) @ _rounded(w).T)
        np.testing.assert_array_equal(bits, pack(x > 0))

    return Case(name, text, check)


def weight_gradient_from_bits(m, n, k):
    """delta' s * epsilon, with s = +-1 in bf16 from bits that are expanded while they are packed."""
    name = f"bf16_gradient_bits_{m}_{n}_{k}"
    units = [line.replace("0.01 : f32", "1.0 : bf16").replace(": f32", ": bf16") for line in LEVELS]
    body = unpack_bits("bit", "bits", (k, n)) + elementwise([("s", "bf16")], [("bit", (k, n), "i1")], (k, n), units, ["%level"])
    body += contraction("c", "delta", "s", m, n, k, True, False, "bf16")
    scale = ["%epsilon = arith.constant 0.01 : f32", "%scaled = arith.mulf %i0, %epsilon : f32"]
    body += elementwise([("g", "f32")], [("c", (m, n), "f32")], (m, n), scale, ["%scaled"])
    text = kernel(name, [("delta", (k, m), "bf16"), ("bits", bits_shape((k, n)), "i8")], [("g", (m, n), "f32")], body)

    def check(compiled):
        (delta, numbers), positive = _stored(k, m), _random(k, n) > 0
        (g,) = _run(compiled, [delta, pack(positive)], ((m, n), np.float32))
        _close(g, numbers.T @ np.where(positive, EPSILON, -EPSILON).astype(float))

    return Case(name, text, check)


def masked_input_gradient(m, n, k):
    """(delta w) where the relu's bit is set, rounded."""
    name = f"bf16_masked_gradient_{m}_{n}_{k}"
    body = _round("w_rounded", "w", (k, n)) + contraction("c", "delta", "w_rounded", m, n, k, dtype="bf16")
    body += unpack_bits("bit", "bits", (m, n))
    body += elementwise([("masked", "f32")], [("c", (m, n), "f32"), ("bit", (m, n), "i1")], (m, n), MASK, ["%masked"])
    body += _round("y", "masked", (m, n))
    arguments = [("delta", (m, k), "bf16"), ("w", (k, n), "f32"), ("bits", bits_shape((m, n)), "i8")]
    text = kernel(name, arguments, [("y", (m, n), "bf16")], body)

    def check(compiled):
        (delta, numbers), w, positive = _stored(m, k), _random(k, n), _random(m, n) > 0
        (y,) = _run(compiled, [delta, w, pack(positive)], ((m, n), np.uint16))
        assert (y[~positive] == 0).all()
        _close_rounded(y, numbers @ _rounded(w) * positive)

    return Case(name, text, check)


def kept_twice(m, n, k):
    """The value before an activation is kept in bf16 beside the activation: the forward of a gelu."""
    name = f"bf16_kept_{m}_{n}_{k}"
    square = ["%v = arith.mulf %i0, %i0 : f32"]
    body = contraction("c", "x", "w", m, n, k, False, True, "bf16") + _round("before", "c", (m, n))
    body += elementwise([("after", "f32")], [("c", (m, n), "f32")], (m, n), square, ["%v"]) + _round("y", "after", (m, n))
    arguments = [("x", (m, k), "bf16"), ("w", (n, k), "bf16")]
    text = kernel(name, arguments, [("before", (m, n), "bf16"), ("y", (m, n), "bf16")], body)

    def check(compiled):
        (x, x_numbers), (w, w_numbers) = _stored(m, k), _stored(n, k)
        before, y = _run(compiled, [x, w], ((m, n), np.uint16), ((m, n), np.uint16))
        product = x_numbers @ w_numbers.T
        _close_rounded(before, product)
        _close_rounded(y, product**2)

    return Case(name, text, check)


def update_of_weight(m, n, k):
    """w - rate delta' a: the master weight in float32 is overwritten."""
    name = f"bf16_weight_update_{m}_{n}_{k}"
    step = ["%move = arith.mulf %i0, %i2 : f32", "%moved = arith.subf %i1, %move : f32"]
    operands = [("c", (m, n), "f32"), ("w", (m, n), "f32"), ("rate", (), "f32")]
    body = _round("a_rounded", "a", (k, n)) + contraction("c", "delta", "a_rounded", m, n, k, True, False, "bf16")
    body += elementwise([("r", "f32")], operands, (m, n), step, ["%moved"])
    arguments = [("delta", (k, m), "bf16"), ("a", (k, n), "f32"), ("w", (m, n), "f32"), ("rate", (), "f32")]
    text = kernel(name, arguments, [("r", (m, n), "f32")], body)

    def check(compiled):
        (delta, numbers), a, w = _stored(k, m), _random(k, n), unaligned(_random(m, n))
        expected = w - 0.5 * (numbers.T @ _rounded(a))
        compiled([delta, a, w, np.array(0.5, np.float32)], [w])
        _close(w, expected)

    return Case(name, text, check)


def reduced(rows, columns, dimension):
    """Sums in float32 of what is stored in bf16."""
    name = f"bf16_sum_{rows}_{columns}_{dimension}"
    kept = ((columns,), (rows,))[dimension]
    body = reduction("r", "x", (rows, columns), dimension, "addf", 0.0, "bf16")
    text = kernel(name, [("x", (rows, columns), "bf16")], [("r", kept, "f32")], body)

    def check(compiled):
        x, numbers = _stored(rows, columns)
        (r,) = _run(compiled, [x], (kept, np.float32))
        assert (np.abs(r - numbers.sum(dimension)) <= 1e-6 * np.abs(numbers).sum(dimension)).all()

    return Case(name, text, check)


def _every_upper_half(size):
    """All 65536 upper halves of a float32, with lower halves that round down, up, or are ties; cut to `size`."""
    upper = np.arange(65536, dtype=np.uint32) << 16
    lower = np.array([0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF], np.uint32)
    numbers = (upper[:, None] | lower).reshape(-1)
    return np.resize(np.random.default_rng(2).permutation(numbers), size).view(np.float32)


def rounded(*shape):
    """Every kind of number, NaN and those below the normal ones included, bit for bit."""
    name = "bf16_round_" + "_".join(map(str, shape))
    text = kernel(name, [("x", shape, "f32")], [("y", shape, "bf16")], _round("y", "x", shape))

    def check(compiled):
        x = _every_upper_half(int(np.prod(shape))).reshape(shape)
        (y,) = _run(compiled, [x], (shape, np.uint16))
        expected = to_bfloat16(x)
        # A NaN stays one; which one is the target's affair.
        numbers = ~np.isnan(x)
        np.testing.assert_array_equal(y[numbers], expected[numbers])
        assert np.isnan(from_bfloat16(y[~numbers])).all()

    return Case(name, text, check)


def extended(*shape):
    name = "bf16_extend_" + "_".join(map(str, shape))
    body = elementwise([("y", "f32")], [("x", shape, "bf16")], shape, EXTEND, ["%extended"])
    text = kernel(name, [("x", shape, "bf16")], [("y", shape, "f32")], body)

    def check(compiled):
        size = int(np.prod(shape))
        x = np.resize(np.random.default_rng(4).permutation(65536), size).astype(np.uint16).reshape(shape)
        (y,) = _run(compiled, [x], (shape, np.float32))
        expected = from_bfloat16(x)
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(np.signbit(y), np.signbit(expected))

    return Case(name, text, check)


def transposed_read(m, n):
    """y = x' in float32: lanes of bf16 that do not lie together in memory."""
    name = f"bf16_transposed_{m}_{n}"
    body = elementwise([("y", "f32")], [("x", (n, m), "bf16")], (m, n), EXTEND, ["%extended"], ["(d1, d0)"])
    text = kernel(name, [("x", (n, m), "bf16")], [("y", (m, n), "f32")], body)

    def check(compiled):
        x, numbers = _stored(n, m)
        (y,) = _run(compiled, [x], ((m, n), np.float32))
        np.testing.assert_array_equal(y, numbers.T)

    return Case(name, text, check)


def all_cases(contractions, fused):
    """One case or more of each kind, for these shapes (m, n, k)."""
    for shape in contractions:
        for layout in range(4):
            yield stored_contraction(*shape, bool(layout & 2), bool(layout & 1))
    for shape in fused:
        for make in (forward, sign_while_packing, weight_gradient_from_bits, masked_input_gradient, kept_twice, update_of_weight):
            yield make(*shape)
    for shape in [(1, 1), (3, 17), (33, 100), (300, 1023), (2, 5000)]:
        yield reduced(*shape, 0)
        yield reduced(*shape, 1)
    yield rounded(6 * 65536)
    yield extended(65536)
    for shape in [(1,), (7,), (33, 100), (2, 3, 33)]:
        yield rounded(*shape)
        yield extended(*shape)
    yield transposed_read(33, 100)
