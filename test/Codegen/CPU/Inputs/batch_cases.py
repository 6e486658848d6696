"""Kernels with a loop around: products of a batch, and reductions with loops before and after."""

import itertools

import numpy as np
from kernel_cases import EPSILON, LEVELS, MASK, MINUS_INFINITY, SIGN, Case, _close, _random, _run
from kernel_harness import bits_shape, pack, unaligned
from kernel_text import batch_contraction, elementwise, kernel, pack_bits, reduction, unpack_bits

ADD = ["%v = arith.addf %i0, %i1 : f32"]
SHAPES = [(1, 1, 1, 1), (3, 17, 33, 5), (2, 33, 100, 17), (5, 9, 10, 300), (2, 64, 96, 128), (3, 20, 50, 1100), (40, 7, 5, 3)]
SPACES = [(1, 1, 1), (2, 3, 5), (3, 17, 33), (40, 9, 64), (5, 49, 100), (2, 300, 70), (700, 4, 3), (3, 1000, 16), (64, 9, 128)]


def _factor_shapes(shape, a_transposed, b_transposed, batched):
    extents = dict(zip("bmnk", shape, strict=True))
    dims = [("b" if name in batched else "") + matrix for name, matrix in (("a", "km" if a_transposed else "mk"), ("b", "nk" if b_transposed else "kn"))]
    return [tuple(extents[d] for d in letters) for letters in dims]


def _turned(array, transposed):
    return np.swapaxes(array, -1, -2) if transposed else array


def product(shape, a_transposed, b_transposed, batched="ab", summed=False):
    b_, m, n, k = shape
    layout = f"{'t' if a_transposed else 'n'}{'t' if b_transposed else 'n'}_{batched}{'_summed' if summed else ''}"
    name = f"batch_{b_}_{m}_{n}_{k}_{layout}"
    a_shape, b_shape = _factor_shapes(shape, a_transposed, b_transposed, batched)
    result = (m, n) if summed else (b_, m, n)
    body = batch_contraction("c", "a", "b", shape, a_transposed, b_transposed, batched, summed)
    text = kernel(name, [("a", a_shape, "f32"), ("b", b_shape, "f32")], [("c", result, "f32")], body)

    def check(compiled):
        a, b = _random(*a_shape), _random(*b_shape)
        (c,) = _run(compiled, [a, b], (result, np.float32))
        expected = _turned(a.astype(float), a_transposed) @ _turned(b.astype(float), b_transposed)
        _close(c, expected.sum(0) if summed else expected)

    return Case(name, text, check)


def sign_token_layer(shape):
    """y = w (x + epsilon s(x)) + bias over tokens: x (b, k, n) is the right factor, its bits are stored while it is packed."""
    b_, m, n, k = shape
    name = f"token_sign_{b_}_{m}_{n}_{k}"
    x_shape = (b_, k, n)
    body = elementwise([("seen", "f32"), ("bit", "i1")], [("x", x_shape, "f32")], x_shape, SIGN, ["%seen", "%bit"])
    body += pack_bits("bits", "seen#1", x_shape)
    body += batch_contraction("c", "w", "seen#0", shape, batched="b")
    operands = [("c", (b_, m, n), "f32"), ("bias", (m,), "f32")]
    body += elementwise([("y", "f32")], operands, (b_, m, n), ADD, ["%v"], ["(d0, d1, d2)", "(d1)"])
    arguments = [("w", (m, k), "f32"), ("x", x_shape, "f32"), ("bias", (m,), "f32")]
    text = kernel(name, arguments, [("y", (b_, m, n), "f32"), ("bits", bits_shape(x_shape), "i8")], body)

    def check(compiled):
        w, x, bias = _random(m, k), _random(*x_shape), _random(m)
        x.flat[0] = 0.0
        y, bits = _run(compiled, [w, x, bias], ((b_, m, n), np.float32), (bits_shape(x_shape), np.uint8))
        seen = (x + np.where(x > 0, EPSILON, -EPSILON)).astype(float)
        _close(y, w.astype(float) @ seen + bias[:, None])
        np.testing.assert_array_equal(bits, pack(x > 0))

    return Case(name, text, check)


def token_weight_gradient(shape):
    """The sum over b of delta (epsilon s)', s from bits (b, n, k), used in an update that overwrites the weight."""
    b_, m, n, k = shape
    name = f"token_gradient_{b_}_{m}_{n}_{k}"
    s_shape = (b_, n, k)
    body = unpack_bits("bit", "bits", s_shape) + elementwise([("a", "f32")], [("bit", s_shape, "i1")], s_shape, LEVELS, ["%level"])
    body += batch_contraction("c", "delta", "a", shape, b_transposed=True, summed=True)
    step = ["%move = arith.mulf %i0, %i2 : f32", "%moved = arith.subf %i1, %move : f32"]
    operands = [("c", (m, n), "f32"), ("w", (m, n), "f32"), ("rate", (), "f32")]
    body += elementwise([("r", "f32")], operands, (m, n), step, ["%moved"])
    arguments = [("delta", (b_, m, k), "f32"), ("bits", bits_shape(s_shape), "i8"), ("w", (m, n), "f32"), ("rate", (), "f32")]
    text = kernel(name, arguments, [("r", (m, n), "f32")], body)

    def check(compiled):
        delta, positive, w = _random(b_, m, k), _random(*s_shape) > 0, unaligned(_random(m, n))
        levels = np.where(positive, EPSILON, -EPSILON).astype(float)
        expected = w - 0.5 * np.einsum("bmk,bnk->mn", delta.astype(float), levels)
        compiled([delta, pack(positive), w, np.array(0.5, np.float32)], [w])
        _close(w, expected)

    return Case(name, text, check)


def masked_token_gradient(shape):
    """(w' delta) where the relu's bit is set, with the left factor scaled by row while it is packed; both are stored."""
    b_, m, n, k = shape
    name = f"token_masked_{b_}_{m}_{n}_{k}"
    body = elementwise(
        [("scaled", "f32")], [("w", (k, m), "f32"), ("s", (m,), "f32")], (k, m), ["%v = arith.mulf %i0, %i1 : f32"], ["%v"], ["(d0, d1)", "(d1)"]
    )
    body += batch_contraction("c", "scaled", "delta", shape, a_transposed=True, batched="b")
    body += unpack_bits("bit", "bits", (b_, m, n))
    body += elementwise([("y", "f32")], [("c", (b_, m, n), "f32"), ("bit", (b_, m, n), "i1")], (b_, m, n), MASK, ["%masked"])
    arguments = [("w", (k, m), "f32"), ("s", (m,), "f32"), ("delta", (b_, k, n), "f32"), ("bits", bits_shape((b_, m, n)), "i8")]
    text = kernel(name, arguments, [("y", (b_, m, n), "f32"), ("scaled", (k, m), "f32")], body)

    def check(compiled):
        w, s, delta, positive = _random(k, m), _random(m), _random(b_, k, n), _random(b_, m, n) > 0
        y, scaled = _run(compiled, [w, s, delta, pack(positive)], ((b_, m, n), np.float32), ((k, m), np.float32))
        np.testing.assert_array_equal(scaled, w * s)
        _close(y, scaled.T.astype(float) @ delta.astype(float) * positive)

    return Case(name, text, check)


def reduced_inside(shape, combiner):
    p, r, q = shape
    name = f"inner_{combiner}_{p}_{r}_{q}"
    init, function = {"addf": (0.0, np.sum), "maximumf": (MINUS_INFINITY, np.max)}[combiner]
    body = reduction("s", "x", shape, 1, combiner, init)
    text = kernel(name, [("x", shape, "f32")], [("s", (p, q), "f32")], body)

    def check(compiled):
        x = _random(*shape)
        (got,) = _run(compiled, [x], ((p, q), np.float32))
        if combiner == "addf":
            assert (np.abs(got - x.astype(float).sum(1)) <= 1e-6 * np.abs(x).sum(1)).all()
        else:
            np.testing.assert_array_equal(got, function(x, axis=1))

    return Case(name, text, check)


def normalized_inside(shape):
    """(relu(x) - mean) / max |.|, over the middle dimension: two levels, a prologue, and results before, after and beside."""
    p, r, q = shape
    name = f"inner_normalized_{p}_{r}_{q}"
    inside = ["(d0, d1, d2)", "(d0, d2)"]
    relu = ["%zero = arith.constant 0.0 : f32", "%r = arith.maximumf %i0, %zero : f32", "%bit = arith.cmpf ogt, %i0, %zero : f32"]
    body = elementwise([("relu", "f32"), ("bit", "i1")], [("x", shape, "f32")], shape, relu, ["%r", "%bit"])
    body += pack_bits("bits", "relu#1", shape)
    body += reduction("sum", "relu#0", shape, 1, "addf", 0.0)
    centre = [f"%n = arith.constant {float(r)} : f32", "%m = arith.divf %i1, %n : f32", "%c = arith.subf %i0, %m : f32"]
    body += elementwise([("centred", "f32")], [("relu#0", shape, "f32"), ("sum", (p, q), "f32")], shape, centre, ["%c"], inside)
    body += elementwise([("size", "f32")], [("centred", shape, "f32")], shape, ["%a = math.absf %i0 : f32"], ["%a"])
    body += reduction("max", "size", shape, 1, "maximumf", 0.0)
    scale = ["%one = arith.constant 1.0 : f32", "%d = arith.addf %i1, %one : f32", "%s = arith.divf %i0, %d : f32", "%g = arith.mulf %s, %i2 : f32"]
    operands = [("centred", shape, "f32"), ("max", (p, q), "f32"), ("gain", (q,), "f32")]
    body += elementwise([("y", "f32")], operands, shape, scale, ["%g"], [*inside, "(d2)"])
    results = [("y", shape, "f32"), ("bits", bits_shape(shape), "i8"), ("max", (p, q), "f32")]
    text = kernel(name, [("x", shape, "f32"), ("gain", (q,), "f32")], results, body)

    def check(compiled):
        x, gain = _random(*shape), _random(q)
        y, bits, largest = _run(compiled, [x, gain], (shape, np.float32), (bits_shape(shape), np.uint8), ((p, q), np.float32))
        relu = np.maximum(x, 0).astype(float)
        centred = relu - relu.mean(1, keepdims=True)
        expected = np.abs(centred).max(1)
        np.testing.assert_array_equal(bits, pack(x > 0))
        _close(largest, expected, 1e-5) if r > 1 else None
        np.testing.assert_allclose(y, centred / (expected[:, None] + 1) * gain, atol=1e-5)

    return Case(name, text, check)


def weighted_taps(shape):
    """A depthwise sum over taps: x (p, r, q) times w (r, q)."""
    p, r, q = shape
    name = f"inner_taps_{p}_{r}_{q}"
    body = elementwise(
        [("weighted", "f32")], [("x", shape, "f32"), ("w", (r, q), "f32")], shape, ["%v = arith.mulf %i0, %i1 : f32"], ["%v"], ["(d0, d1, d2)", "(d1, d2)"]
    )
    body += reduction("s", "weighted", shape, 1, "addf", 0.0)
    body += elementwise([("y", "f32")], [("s", (p, q), "f32"), ("bias", (q,), "f32")], (p, q), ADD, ["%v"], ["(d0, d1)", "(d1)"])
    text = kernel(name, [("x", shape, "f32"), ("w", (r, q), "f32"), ("bias", (q,), "f32")], [("y", (p, q), "f32")], body)

    def check(compiled):
        x, w, bias = _random(*shape), _random(r, q), _random(q)
        (y,) = _run(compiled, [x, w, bias], ((p, q), np.float32))
        _close(y, (x.astype(float) * w).sum(1) + bias)

    return Case(name, text, check)


def broadcast(shape, readers):
    """The product of x and operands that are read at some of its dimensions, and the bits of it."""
    name = "broadcast_" + "_".join(map(str, shape)) + "_" + "_".join("".join(map(str, dims)) for dims in readers)
    loops = "(" + ", ".join(f"d{i}" for i in range(len(shape))) + ")"
    operands = [("x", shape, "f32")] + [(f"a{i}", tuple(shape[d] for d in dims), "f32") for i, dims in enumerate(readers)]
    maps = [loops] + ["(" + ", ".join(f"d{d}" for d in dims) + ")" for dims in readers]
    body = [f"%p{i + 1} = arith.mulf %{f'p{i}' if i else 'i0'}, %i{i + 1} : f32" for i in range(len(readers))]
    last = f"%p{len(readers)}"
    body += ["%zero = arith.constant 0.0 : f32", f"%bit = arith.cmpf ogt, {last}, %zero : f32"]
    text = elementwise([("y", "f32"), ("bit", "i1")], operands, shape, body, [last, "%bit"], maps) + pack_bits("bits", "y#1", shape)
    text = kernel(name, operands, [("y#0", shape, "f32"), ("bits", bits_shape(shape), "i8")], text)

    def check(compiled):
        inputs = [_random(*operand[1]) for operand in operands]
        y, bits = _run(compiled, inputs, (shape, np.float32), (bits_shape(shape), np.uint8))
        expected = inputs[0]
        for array, dims in zip(inputs[1:], readers, strict=True):
            full = [shape[d] if d in dims else 1 for d in range(len(shape))]
            expected = expected * np.transpose(array, np.argsort(dims)).reshape(full)
        np.testing.assert_array_equal(y, expected)
        np.testing.assert_array_equal(bits, pack(expected > 0))

    return Case(name, text, check)


def broadcast_product(shape, dims):
    """x times what is read at some of its dimensions, and nothing else."""
    name = "broadcast_product_" + "_".join(map(str, shape)) + "_" + "".join(map(str, dims))
    loops = "(" + ", ".join(f"d{i}" for i in range(len(shape))) + ")"
    operands = [("x", shape, "f32"), ("a", tuple(shape[d] for d in dims), "f32")]
    maps = [loops, "(" + ", ".join(f"d{d}" for d in dims) + ")"]
    body = elementwise([("y", "f32")], operands, shape, ["%v = arith.mulf %i0, %i1 : f32"], ["%v"], maps)

    def check(compiled):
        x, a = (_random(*operand[1]) for operand in operands)
        (y,) = _run(compiled, [x, a], (shape, np.float32))
        np.testing.assert_array_equal(y, x * a.reshape([extent if d in dims else 1 for d, extent in enumerate(shape)]))

    return Case(name, kernel(name, operands, [("y", shape, "f32")], body), check)


def all_cases():
    for shape, a, b in itertools.product(SHAPES, (False, True), (False, True)):
        yield product(shape, a, b)
        yield product(shape, a, b, summed=True)
    for shape, batched in itertools.product(SHAPES[:4], "ab"):
        yield product(shape, False, False, batched)
        yield product(shape, True, True, batched)
    for shape in SHAPES:
        yield sign_token_layer(shape)
        yield token_weight_gradient(shape)
        yield masked_token_gradient(shape)
    for shape in SPACES:
        yield reduced_inside(shape, "addf")
        yield reduced_inside(shape, "maximumf")
        yield normalized_inside(shape)
        yield weighted_taps(shape)
    yield broadcast_product((3, 5, 33), (1, 2))
    yield broadcast_product((2, 3, 4, 5, 6), (0, 1, 3))
    yield broadcast((3, 5, 33), [(1,), (0, 2)])
    yield broadcast((2, 3, 4, 40), [(0, 3), (2,), (1, 3)])
    yield broadcast((2, 3, 2, 3, 17), [(1, 4), (3,), ()])
    yield broadcast((2, 3, 2, 2, 3, 8), [(2, 0), (5, 4), (1,)])
