"""Kernels of normalisations and of random numbers, as kernel formation makes them: several reductions of a row, and
what follows from them for its elements."""

import numpy as np
from kernel_cases import Case, _close, _random, _run
from kernel_text import elementwise, kernel, reduction

ROW, COLUMN, FULL = "(d0)", "(d1)", "(d0, d1)"
EPSILON = 1e-5


def _mean(out, sum_, m, n):
    body = [f"%n = arith.constant {1.0 / n:.9e} : f32", "%v = arith.mulf %i0, %n : f32"]
    return elementwise([(out, "f32")], [(sum_, (m,), "f32")], (m,), body, ["%v"])


def layer_norm(m, n):
    """Mean and variance in two passes over a row, the normalised row, and its statistics."""
    name, shape = f"layer_norm_{m}_{n}", (m, n)
    body = reduction("sum", "x", shape, 1, "addf", 0.0) + _mean("mean", "sum", m, n)
    square = ["%d = arith.subf %i0, %i1 : f32", "%s = arith.mulf %d, %d : f32"]
    body += elementwise([("square", "f32")], [("x", shape, "f32"), ("mean", (m,), "f32")], shape, square, ["%s"], [FULL, ROW])
    body += reduction("squares", "square", shape, 1, "addf", 0.0) + _mean("variance", "squares", m, n)
    deviation = [
        f"%e = arith.constant {EPSILON:.9e} : f32",
        "%v = arith.addf %i0, %e : f32",
        "%s = math.sqrt %v : f32",
        "%one = arith.constant 1.0 : f32",
        "%v2 = arith.divf %one, %s : f32",
    ]
    body += elementwise([("r", "f32")], [("variance", (m,), "f32")], (m,), deviation, ["%v2"])
    operands = [("x", shape, "f32"), ("mean", (m,), "f32"), ("r", (m,), "f32"), ("w", (n,), "f32"), ("b", (n,), "f32")]
    normalized = [
        "%d = arith.subf %i0, %i1 : f32",
        "%h = arith.mulf %d, %i2 : f32",
        "%p = arith.mulf %h, %i3 : f32",
        "%v = arith.addf %p, %i4 : f32",
    ]
    body += elementwise([("y", "f32")], operands, shape, normalized, ["%v"], [FULL, ROW, ROW, COLUMN, COLUMN])
    arguments = [("x", shape, "f32"), ("w", (n,), "f32"), ("b", (n,), "f32")]
    text = kernel(name, arguments, [("y", shape, "f32"), ("mean", (m,), "f32"), ("r", (m,), "f32")], body)

    def check(compiled):
        x, w, b = 3 * _random(m, n) + 1, _random(n), _random(n) + 2
        y, mean, r = _run(compiled, [x, w, b], (shape, np.float32), ((m,), np.float32), ((m,), np.float32))
        wide = x.astype(float)
        deviation = np.sqrt(wide.var(1) + EPSILON)
        _close(mean, wide.mean(1))
        _close(r, 1 / deviation)
        _close(y, (wide - wide.mean(1)[:, None]) / deviation[:, None] * w + b)

    return Case(name, text, check)


def layer_norm_gradient(m, n):
    """Two sums of a row side by side, and the row's gradient."""
    name, shape = f"layer_norm_gradient_{m}_{n}", (m, n)
    operands = [("delta", shape, "f32"), ("x", shape, "f32"), ("mean", (m,), "f32"), ("r", (m,), "f32"), ("w", (n,), "f32")]
    maps = [FULL, FULL, ROW, ROW, COLUMN]
    along = ["%g = arith.mulf %i0, %i4 : f32", "%d = arith.subf %i1, %i2 : f32", "%h = arith.mulf %d, %i3 : f32"]
    body = elementwise([("scaled", "f32")], [operands[0], operands[4]], shape, ["%g = arith.mulf %i0, %i1 : f32"], ["%g"], [FULL, COLUMN])
    body += reduction("sum", "scaled", shape, 1, "addf", 0.0) + _mean("first", "sum", m, n)
    body += elementwise([("gh", "f32")], operands, shape, [*along, "%p = arith.mulf %g, %h : f32"], ["%p"], maps)
    body += reduction("sums", "gh", shape, 1, "addf", 0.0) + _mean("second", "sums", m, n)
    last = [
        *along,
        "%c = arith.subf %g, %i5 : f32",
        "%q = arith.mulf %h, %i6 : f32",
        "%e = arith.subf %c, %q : f32",
        "%v = arith.mulf %i3, %e : f32",
    ]
    statistics = [("first", (m,), "f32"), ("second", (m,), "f32")]
    body += elementwise([("dx", "f32")], operands + statistics, shape, last, ["%v"], [*maps, ROW, ROW])
    text = kernel(name, operands, [("dx", shape, "f32")], body)

    def check(compiled):
        delta, x, w = _random(m, n), _random(n, m).T.copy() + 1, _random(n)
        mean, r = x.mean(1), (1 / np.sqrt(x.var(1) + EPSILON)).astype(np.float32)
        (dx,) = _run(compiled, [delta, x, mean, r, w], (shape, np.float32))
        g = delta.astype(float) * w
        h = (x.astype(float) - mean[:, None]) * r[:, None]
        expected = r[:, None] * (g - g.mean(1)[:, None] - h * (g * h).mean(1)[:, None])
        assert np.linalg.norm(dx - expected) <= 1e-6 * np.linalg.norm(r[:, None] * g)

    return Case(name, text, check)


def _philox_text():
    """The first word of Philox4x32-10 for the counter (%index, %i2, %i3, 0) and the key (%i1, 0)."""
    lines = [
        "%zero = arith.constant 0 : i32",
        "%shift = arith.constant 32 : i64",
        f"%m0 = arith.constant {0xD2511F53} : i64",
        f"%m2 = arith.constant {0xCD9E8D57} : i64",
        f"%w0 = arith.constant {0x9E3779B9 - 2**32} : i32",
        f"%w1 = arith.constant {0xBB67AE85 - 2**32} : i32",
    ]
    x, k = ["%index", "%i2", "%i3", "%zero"], ["%i1", "%zero"]
    for step in range(10):
        if step:
            lines += [f"%k0_{step} = arith.addi {k[0]}, %w0 : i32", f"%k1_{step} = arith.addi {k[1]}, %w1 : i32"]
            k = [f"%k0_{step}", f"%k1_{step}"]
        for word in (0, 2):
            lines += [
                f"%e{word}_{step} = arith.extui {x[word]} : i32 to i64",
                f"%p{word}_{step} = arith.muli %e{word}_{step}, %m{word} : i64",
                f"%s{word}_{step} = arith.shrui %p{word}_{step}, %shift : i64",
                f"%h{word}_{step} = arith.trunci %s{word}_{step} : i64 to i32",
                f"%l{word}_{step} = arith.trunci %p{word}_{step} : i64 to i32",
            ]
        lines += [
            f"%a_{step} = arith.xori %h2_{step}, {x[1]} : i32",
            f"%x0_{step} = arith.xori %a_{step}, {k[0]} : i32",
            f"%b_{step} = arith.xori %h0_{step}, {x[3]} : i32",
            f"%x2_{step} = arith.xori %b_{step}, {k[1]} : i32",
        ]
        x = [f"%x0_{step}", f"%l2_{step}", f"%x2_{step}", f"%l0_{step}"]
    return lines, x[0]


def _philox(index, seed, step, operation):
    low = np.uint64(0xFFFFFFFF)
    zero = np.zeros(index.shape, np.uint64)
    c, k = [index.astype(np.uint64), zero + np.uint64(step), zero + np.uint64(operation), zero], [np.uint64(seed), np.uint64(0)]
    for number in range(10):
        if number:
            k = [(k[0] + np.uint64(0x9E3779B9)) & low, (k[1] + np.uint64(0xBB67AE85)) & low]
        first, second = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(second >> np.uint64(32)) ^ c[1] ^ k[0], second & low, (first >> np.uint64(32)) ^ c[3] ^ k[1], first & low]
    return c[0]


def dropout(m, n):
    """A quarter of the elements is 0: the same ones in whatever order the elements are computed."""
    name, shape = f"dropout_{m}_{n}", (m, n)
    words, word = _philox_text()
    body = [
        "%row = linalg.index 0 : index",
        "%column = linalg.index 1 : index",
        "%row_word = arith.index_cast %row : index to i32",
        "%column_word = arith.index_cast %column : index to i32",
        f"%columns = arith.constant {n} : i32",
        "%first = arith.muli %row_word, %columns : i32",
        "%index = arith.addi %first, %column_word : i32",
        *words,
        f"%threshold = arith.constant {1 << 30} : i32",
        f"%keep = arith.cmpi uge, {word}, %threshold : i32",
        "%scale = arith.constant 1.33333337 : f32",
        "%nothing = arith.constant 0.0 : f32",
        "%scaled = arith.mulf %i0, %scale : f32",
        "%v = arith.select %keep, %scaled, %nothing : f32",
    ]
    scalars = [(scalar, (), "i32") for scalar in ("seed", "step", "operation")]
    text = kernel(
        name,
        [("x", shape, "f32"), *scalars],
        [("y", shape, "f32")],
        elementwise([("y", "f32")], [("x", shape, "f32"), *scalars], shape, body, ["%v"]),
    )

    def check(compiled):
        x = _random(m, n)
        source = (0x89ABCDEF, 3, 2)
        (y,) = _run(compiled, [x, *(np.array(word, np.uint32).view(np.int32) for word in source)], (shape, np.float32))
        kept = _philox(np.arange(m * n).reshape(shape), *source) >= 1 << 30
        np.testing.assert_array_equal(y, np.where(kept, x * np.float32(1.33333337), np.float32(0)))

    return Case(name, text, check)


def all_cases(matrices):
    for shape in matrices:
        yield layer_norm(*shape)
        yield layer_norm_gradient(*shape)
        yield dropout(*shape)
