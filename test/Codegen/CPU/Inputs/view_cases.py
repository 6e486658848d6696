"""Kernels that read through affine views: convolutions as contractions, slices, windows of bits."""

import itertools

import numpy as np
from kernel_cases import EPSILON, LEVELS, SIGN, Case, _close, _random, _run
from kernel_harness import bits_shape, pack
from kernel_text import batch_contraction, contraction, elementwise, kernel, tensor, unpack_bits


def affine_view(out, value, source, shape, position, condition="", indexed=None, dtype="f32"):
    """`shape` elements of `value` (shape `source`) at `position`, texts over d0, d1, ..."""
    dims = ", ".join(f"d{i}" for i in range(len(shape)))
    seen = f" as [{', '.join(map(str, indexed))}]" if indexed else ""
    where = f" where affine_set<({dims}) : ({condition})>" if condition else ""
    types = f"{tensor(source, dtype)} -> {tensor(shape, dtype)}"
    return f"  %{out} = auxact.affine_view %{value}{seen} at affine_map<({dims}) -> ({position})>{where} : {types}\n"


class Geometry:
    """A convolution of an NHWC image; `size` is (n, h, w, c)."""

    def __init__(self, size, out, window, stride=1, padding=0, dilation=1):
        self.size, self.out, self.window = size, out, window
        self.stride, self.padding, self.dilation = stride, padding, dilation
        (n, h, w, c), (kh, kw) = size, window
        self.rows = (h + 2 * padding - dilation * (kh - 1) - 1) // stride + 1
        self.columns = (w + 2 * padding - dilation * (kw - 1) - 1) // stride + 1
        self.m, self.k = n * self.rows * self.columns, kh * kw * c

    def name(self):
        return "_".join(map(str, (*self.size, self.out, *self.window, self.stride, self.padding, self.dilation)))

    def collapsed(self):
        """Whether a row of the window lies together and is seen as one dimension, as few channels are."""
        return self.size[3] < 16 and self.dilation == 1

    def indexed(self):
        """The shape that `position` is in."""
        n, h, w, c = self.size
        return (n, h, w * c) if self.collapsed() else self.size

    def position(self):
        """Where element (pixel, tap and channel) of the matrix lies in the image."""
        (_, _, _, c), (_, kw) = self.size, self.window
        if self.collapsed():
            row = f"(d0 floordiv {self.columns} mod {self.rows}) * {self.stride} + d1 floordiv {kw * c} - {self.padding}"
            column = f"(d0 mod {self.columns}) * {self.stride * c} + d1 mod {kw * c} - {self.padding * c}"
            return f"d0 floordiv {self.rows * self.columns}, {row}, {column}"
        row = f"(d0 floordiv {self.columns} mod {self.rows}) * {self.stride} + (d1 floordiv {kw * c}) * {self.dilation} - {self.padding}"
        column = f"(d0 mod {self.columns}) * {self.stride} + (d1 floordiv {c} mod {kw}) * {self.dilation} - {self.padding}"
        return f"d0 floordiv {self.rows * self.columns}, {row}, {column}, d1 mod {c}"

    def matrix(self, x):
        """The same with NumPy."""
        (n, h, w, c), (kh, kw) = self.size, self.window
        padded = np.zeros((n, h + 2 * self.padding, w + 2 * self.padding, c), x.dtype)
        padded[:, self.padding : self.padding + h, self.padding : self.padding + w] = x
        taps = [
            padded[
                :,
                i * self.dilation : i * self.dilation + self.stride * (self.rows - 1) + 1 : self.stride,
                j * self.dilation : j * self.dilation + self.stride * (self.columns - 1) + 1 : self.stride,
            ]
            for i, j in itertools.product(range(kh), range(kw))
        ]
        return np.stack(taps, 3).reshape(self.m, self.k)

    def adjoint(self, matrix):
        """The sum of a matrix of windows over the windows that show each element of the image."""
        elements = int(np.prod(self.size))
        result = np.zeros(1 + elements)
        np.add.at(result, self.matrix(1 + np.arange(elements).reshape(self.size)), matrix)
        return result[1:].reshape(self.size)


def convolution(g, bias=True):
    """The image's windows times the weight (out, taps and channels), and a bias."""
    name = f"convolution_{g.name()}"
    body = affine_view("a", "x", g.size, (g.m, g.k), g.position(), indexed=g.indexed())
    body += contraction("c", "a", "w", g.m, g.out, g.k, False, True)
    arguments, result = [("x", g.size, "f32"), ("w", (g.out, g.k), "f32")], "c"
    if bias:
        arguments, result = [*arguments, ("bias", (g.out,), "f32")], "y"
        operands = [("c", (g.m, g.out), "f32"), ("bias", (g.out,), "f32")]
        body += elementwise([("y", "f32")], operands, (g.m, g.out), ["%v = arith.addf %i0, %i1 : f32"], ["%v"], ["(d0, d1)", "(d1)"])
    text = kernel(name, arguments, [(result, (g.m, g.out), "f32")], body)

    def check(compiled):
        inputs = [_random(*shape) for _, shape, _ in arguments]
        (y,) = _run(compiled, inputs, ((g.m, g.out), np.float32))
        _close(y, g.matrix(inputs[0]).astype(float) @ inputs[1].T + (inputs[2] if bias else 0))

    return Case(name, text, check)


def convolution_of_signs(g):
    """The same of x + epsilon s(x), computed while it is read."""
    name = f"convolution_signs_{g.name()}"
    (n, h, w, c) = g.size
    flat = (n * h * w, c)
    body = elementwise([("seen", "f32")], [("x", flat, "f32")], flat, SIGN, ["%seen"])
    body += affine_view("a", "seen", flat, (g.m, g.k), g.position(), indexed=g.indexed())
    body += contraction("c", "a", "w", g.m, g.out, g.k, False, True)
    text = kernel(name, [("x", flat, "f32"), ("w", (g.out, g.k), "f32")], [("c", (g.m, g.out), "f32")], body)

    def check(compiled):
        x, w = _random(*g.size), _random(g.out, g.k)
        (y,) = _run(compiled, [x.reshape(flat), w], ((g.m, g.out), np.float32))
        _close(y, g.matrix(x + np.where(x > 0, EPSILON, -EPSILON)).astype(float) @ w.T)

    return Case(name, text, check)


def convolution_weight_gradient(g, of_bits):
    """delta' times the windows of the image, or of epsilon s that its bits stand for."""
    name = f"convolution_weight_{'bits_' if of_bits else ''}{g.name()}"
    (n, h, w, c) = g.size
    flat = (n * h * w, c)
    arguments = [("delta", (g.m, g.out), "f32"), ("x", flat, "f32")]
    body, value = "", "x"
    if of_bits:
        arguments[1] = ("bits", bits_shape(flat), "i8")
        body = unpack_bits("bit", "bits", flat) + elementwise([("x", "f32")], [("bit", flat, "i1")], flat, LEVELS, ["%level"])
    body += affine_view("b", value, flat, (g.m, g.k), g.position(), indexed=g.indexed())
    body += contraction("c", "delta", "b", g.out, g.k, g.m, True, False)
    text = kernel(name, arguments, [("c", (g.out, g.k), "f32")], body)

    def check(compiled):
        x, delta = _random(*g.size), _random(g.m, g.out)
        read = pack((x > 0).reshape(flat)) if of_bits else x.reshape(flat)
        (gradient,) = _run(compiled, [delta, read], ((g.out, g.k), np.float32))
        seen = np.where(x > 0, EPSILON, -EPSILON) if of_bits else x
        _close(gradient, delta.T.astype(float) @ g.matrix(seen))

    return Case(name, text, check)


def convolution_input_gradient(g):
    """Windows of delta, spread by the stride, times the weight seen as (taps and outputs, channels)."""
    name = f"convolution_input_{g.name()}"
    (n, h, w, c), (kh, kw) = g.size, g.window
    k = kh * kw * g.out
    row = f"(d0 floordiv {w}) mod {h} + {g.padding} - (d1 floordiv {kw * g.out}) * {g.dilation}"
    column = f"d0 mod {w} + {g.padding} - (d1 floordiv {g.out} mod {kw}) * {g.dilation}"
    position = f"d0 floordiv {h * w}, ({row}) floordiv {g.stride}, ({column}) floordiv {g.stride}, d1 mod {g.out}"
    condition = f"({row}) mod {g.stride} == 0, ({column}) mod {g.stride} == 0" if g.stride > 1 else ""
    body = affine_view("a", "delta", (g.m, g.out), (n * h * w, k), position, condition, (n, g.rows, g.columns, g.out))
    at = f"d0 mod {g.out}, d0 floordiv {kw * g.out}, d0 floordiv {g.out} mod {kw}, d1"
    body += affine_view("b", "w", (g.out, g.k), (k, c), at, indexed=(g.out, kh, kw, c))
    body += contraction("c", "a", "b", n * h * w, c, k)
    text = kernel(name, [("delta", (g.m, g.out), "f32"), ("w", (g.out, g.k), "f32")], [("c", (n * h * w, c), "f32")], body)

    def check(compiled):
        delta, weight = _random(g.m, g.out), _random(g.out, g.k)
        (gradient,) = _run(compiled, [delta, weight], ((n * h * w, c), np.float32))
        _close(gradient, g.adjoint(delta.astype(float) @ weight).reshape(-1, c))

    return Case(name, text, check)


def phased_input_gradient(g):
    """The same where the stride skips pixels: a product for each phase, of some taps only, in (phase, pixel, channel)."""
    name = f"convolution_phases_{g.name()}"
    (n, h, w, c), (kh, kw), s = g.size, g.window, g.stride
    rows, columns, tap_rows, tap_columns = -(-h // s), -(-w // s), -(-kh // s), -(-kw // s)
    phases, m, k = s * s, n * rows * columns, tap_rows * tap_columns * g.out
    first = [f"(d0 floordiv {s} + {g.padding})", f"(d0 mod {s} + {g.padding})"]

    def taps(d):
        return f"{d} floordiv {g.out} floordiv {tap_columns}", f"{d} floordiv {g.out} mod {tap_columns}"

    row, column = taps("d2")
    at = f"d1 floordiv {rows * columns}, d1 floordiv {columns} mod {rows} + {first[0]} floordiv {s} - {row}, "
    at += f"d1 mod {columns} + {first[1]} floordiv {s} - {column}, d2 mod {g.out}"
    body = affine_view("a", "delta", (g.m, g.out), (phases, m, k), at, indexed=(n, g.rows, g.columns, g.out))
    row, column = taps("d1")
    at = f"d1 mod {g.out}, {first[0]} mod {s} + ({row}) * {s}, {first[1]} mod {s} + ({column}) * {s}, d2"
    body += affine_view("b", "w", (g.out, g.k), (phases, k, c), at, indexed=(g.out, kh, kw, c))
    body += batch_contraction("c", "a", "b", (phases, m, c, k))
    text = kernel(name, [("delta", (g.m, g.out), "f32"), ("w", (g.out, g.k), "f32")], [("c", (phases, m, c), "f32")], body)

    def check(compiled):
        delta, weight = _random(g.m, g.out), _random(g.out, g.k)
        (gradient,) = _run(compiled, [delta, weight], ((phases, m, c), np.float32))
        expected = np.zeros((n, rows * s, columns * s, c))
        expected[:, :h, :w] = g.adjoint(delta.astype(float) @ weight)
        got = gradient.reshape(s, s, n, rows, columns, c).transpose(2, 3, 0, 4, 1, 5).reshape(expected.shape)
        _close(got[:, :h, :w], expected[:, :h, :w])

    return Case(name, text, check)


def sliced(rows, columns, first, step):
    """Rows in reverse order, every step-th column from one on, and zeros beyond."""
    count = columns // step + 2
    name = f"sliced_{rows}_{columns}_{'m' if first < 0 else ''}{abs(first)}_{step}"
    position = f"{rows - 1} - d0, d1 * {step} + {first}"
    body = affine_view("s", "x", (rows, columns), (rows, count), position, f"{count - 2} - d1 >= 0")
    operands = [("s", (rows, count), "f32")]
    body += elementwise([("y", "f32")], operands, (rows, count), ["%v = arith.addf %i0, %i0 : f32"], ["%v"])
    text = kernel(name, [("x", (rows, columns), "f32")], [("y", (rows, count), "f32")], body)

    def check(compiled):
        x = _random(rows, columns)
        (y,) = _run(compiled, [x], ((rows, count), np.float32))
        expected = np.zeros((rows, count), np.float32)
        for i in range(count - 1):
            if 0 <= i * step + first < columns:
                expected[:, i] = 2 * x[::-1, i * step + first]
        np.testing.assert_array_equal(y, expected)

    return Case(name, text, check)


def copied_bits(rows, columns, first):
    """A copy of columns of a tensor of bits, which start in the middle of a byte."""
    name = f"copied_bits_{rows}_{columns}_{first}"
    body = unpack_bits("bit", "bits", (rows, columns))
    body += affine_view("s", "bit", (rows, columns), (columns, rows), f"d1, d0 + {first}", dtype="i1")
    body += elementwise([("y", "f32")], [("s", (columns, rows), "i1")], (columns, rows), LEVELS, ["%level"])
    text = kernel(name, [("bits", bits_shape((rows, columns)), "i8")], [("y", (columns, rows), "f32")], body)

    def check(compiled):
        positive = _random(rows, columns) > 0
        (y,) = _run(compiled, [pack(positive)], ((columns, rows), np.float32))
        expected = np.zeros((rows, columns), bool)
        expected[:, : columns - first] = positive[:, first:]
        np.testing.assert_array_equal(y, np.where(expected.T, EPSILON, -EPSILON))

    return Case(name, text, check)


GEOMETRIES = [
    Geometry((2, 5, 6, 16), 8, (3, 3), padding=1),
    Geometry((1, 7, 5, 32), 24, (3, 3), stride=2, padding=1),
    Geometry((2, 9, 8, 3), 7, (7, 7), stride=2, padding=3),
    Geometry((1, 6, 9, 5), 3, (2, 3), padding=2, dilation=2),
    Geometry((3, 4, 4, 48), 16, (1, 1), stride=2),
    Geometry((1, 11, 10, 20), 50, (5, 3), stride=3, padding=1),
]


def all_cases():
    for geometry in GEOMETRIES:
        yield convolution(geometry)
        yield convolution_of_signs(geometry)
        yield convolution_weight_gradient(geometry, of_bits=False)
        yield convolution_weight_gradient(geometry, of_bits=True)
        yield convolution_input_gradient(geometry)
        if geometry.stride > 1 and geometry.dilation == 1:
            yield phased_input_gradient(geometry)
    yield sliced(5, 40, 3, 1)
    yield sliced(3, 100, -2, 1)
    yield sliced(4, 64, 1, 3)
    yield sliced(2, 48, 16, 1)
    yield copied_bits(20, 70, 5)
    yield copied_bits(33, 64, 8)
