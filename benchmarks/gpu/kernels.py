"""The kernels of the benchmark's bundle: MLIR text, and what bench.py has to know of each.

Used where the bundle is made, not where it runs. The text has the form in which kernel formation leaves it; the
helpers of the kernel tests write it.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "test/Codegen/CPU/Inputs"))

from kernel_cases import LEVELS, MASK, SIGN, softmax_gradient
from kernel_harness import bits_shape
from kernel_text import contraction, elementwise, kernel, pack_bits, reduction, unpack_bits

SIZES = {"f32": 4, "bf16": 2, "i8": 1, "i32": 4}

# (tokens, outputs, inputs): for correctness, sizes that fit no tile among them;
# for timing, a wide, a middle and a narrow layer.
SMALL = [(64, 128, 96), (33, 100, 17), (130, 64, 300)]
LARGE = [(4096, 4096, 4096), (8192, 4096, 4096), (8192, 1024, 1024), (16384, 256, 256)]
MATRICES_SMALL = [(64, 128), (33, 100)]
MATRICES_LARGE = [(8192, 4096)]
PRECISIONS = ("float32", "tf32", "bfloat16")


def bytes_of(values):
    total = 0
    for _, shape, dtype in values:
        count = SIZES[dtype]
        for extent in shape:
            count *= extent
        total += count
    return total


def describe(kind, name, precision, arguments, results, body, **more):
    """One kernel: its text and its description."""

    def of(values):
        # What kernel text calls "seen#0" is the first result of an operation.
        return [{"name": n, "shape": list(s), "dtype": d} for n, s, d in values]

    description = {
        "name": name,
        "kind": kind,
        "precision": precision,
        "arguments": of(arguments),
        "results": of(results),
        "bytes": bytes_of(arguments) + bytes_of(results),
        "flops": 0,
        **more,
    }
    return description, kernel(name, arguments, results, body)


class Linear:
    """The kernels of one linear layer in one precision."""

    def __init__(self, tokens, outputs, inputs, precision, timed):
        self.m, self.n, self.k = tokens, outputs, inputs
        self.precision = precision
        self.store = "bf16" if precision == "bfloat16" else "f32"
        self.more = {"layer": [tokens, outputs, inputs], "flops": 2 * tokens * outputs * inputs, "timed": timed}

    def make(self, kind, arguments, results, body, **more):
        name = f"{kind}_{self.precision}_{self.m}_{self.n}_{self.k}"
        return describe(kind, name, self.precision, arguments, results, body, **self.more, **more)

    def product(self, out, a, b, m, n, k, a_transposed=False, b_transposed=False):
        return contraction(out, a, b, m, n, k, a_transposed, b_transposed, self.store, "tf32" if self.precision == "tf32" else "")

    def biased(self, relu=False):
        body = ["%v = arith.addf %i0, %i1 : f32"]
        if relu:
            body += ["%zero = arith.constant 0.0 : f32", "%r = arith.maximumf %v, %zero : f32"]
        operands = [("c", (self.m, self.n), "f32"), ("bias", (self.n,), "f32")]
        return elementwise([("sum", "f32")], operands, (self.m, self.n), body, ["%r" if relu else "%v"], ["(d0, d1)", "(d1)"])

    def stored(self, out, value, shape):
        """`value` in the type in which results of this precision are kept."""
        if self.store == "f32":
            return "", (value, shape, "f32")
        body = elementwise([(out, "bf16")], [(value, shape, "f32")], shape, ["%s = arith.truncf %i0 : f32 to bf16"], ["%s"])
        return body, (out, shape, "bf16")

    def widened(self, out, value, shape):
        """`value` as float32 for arithmetic."""
        if self.store == "f32":
            return "", value
        return elementwise([(out, "f32")], [(value, shape, "bf16")], shape, ["%e = arith.extf %i0 : bf16 to f32"], ["%e"]), out

    def signs(self, value, shape):
        """seen#0, rounded where factors are; bit seen#1 packed as "bits"."""
        body = elementwise([("seen", "f32"), ("bit", "i1")], [(value, shape, "f32")], shape, SIGN, ["%seen", "%bit"])
        body += pack_bits("bits", "seen#1", shape)
        rounded, result = self.stored("rounded", "seen#0", shape)
        return body + rounded, result

    def forward(self):
        x, w, bias = ("x", (self.m, self.k), self.store), ("w", (self.n, self.k), self.store), ("bias", (self.n,), "f32")
        shape = (self.m, self.n)
        body = self.product("c", "x", "w", self.m, self.n, self.k, False, True) + self.biased()
        end, y = self.stored("y", "sum", shape)
        yield self.make("forward", [x, w, bias], [y], body + end)

        wide, value = self.widened("wide", "x", (self.m, self.k))
        signs, factor = self.signs(value, (self.m, self.k))
        body = wide + signs + self.product("c", factor[0], "w", self.m, self.n, self.k, False, True) + self.biased()
        bits = ("bits", bits_shape((self.m, self.k)), "i8")
        yield self.make("forward_signs", [x, w, bias], [y, bits], body + end, columns=self.k)

        body = self.product("c", "x", "w", self.m, self.n, self.k, False, True) + self.biased(relu=True)
        signs, kept = self.signs("sum", shape)
        yield self.make("forward_relu_signs", [x, w, bias], [kept, ("bits", bits_shape(shape), "i8")], body + signs, columns=self.n)

    def input_gradient(self):
        delta, w, shape = ("delta", (self.m, self.n), self.store), ("w", (self.n, self.k), self.store), (self.m, self.k)
        product = self.product("c", "delta", "w", self.m, self.k, self.n)
        end, dx = self.stored("dx", "c", shape)
        yield self.make("input_gradient", [delta, w], [dx], product + end)
        body = product + unpack_bits("bit", "bits", shape)
        body += elementwise([("masked", "f32")], [("c", shape, "f32"), ("bit", shape, "i1")], shape, MASK, ["%masked"])
        end, dx = self.stored("dx", "masked", shape)
        yield self.make("masked_input_gradient", [delta, w, ("bits", bits_shape(shape), "i8")], [dx], body + end, columns=self.k)

    def weight_gradient(self):
        delta, shape = ("delta", (self.m, self.n), self.store), (self.m, self.k)
        x, bits = ("x", shape, self.store), ("bits", bits_shape(shape), "i8")
        product = self.product("c", "delta", "x", self.n, self.k, self.m, True, False)
        result = [("c", (self.n, self.k), "f32")]
        yield self.make("weight_gradient", [delta, x], result, product)

        expanded = unpack_bits("bit", "bits", shape)
        levels = [line.replace("f32", self.store) for line in LEVELS]
        expanded += elementwise([("x", self.store)], [("bit", shape, "i1")], shape, levels, ["%level"])
        yield self.make("weight_gradient_bits", [delta, bits], result, expanded + product, columns=self.k)
        # The baseline's first kernel; its second is "weight_gradient".
        yield self.make("expand_bits", [bits], [x], expanded, columns=self.k)

    def all(self):
        for part in (self.forward, self.input_gradient, self.weight_gradient):
            yield from part()


def bandwidth_bound(rows, columns, timed):
    """Kernels that do little with every element."""
    shape, more = (rows, columns), {"timed": timed}

    def make(kind, arguments, results, body, **others):
        return describe(kind, f"{kind}_{rows}_{columns}", "float32", arguments, results, body, **more, **others)

    x, y = ("x", shape, "f32"), ("y", shape, "f32")
    body = ["%v = arith.addf %i0, %i1 : f32", "%zero = arith.constant 0.0 : f32", "%r = arith.maximumf %v, %zero : f32"]
    yield make("add_relu", [x, y], [("r", shape, "f32")], elementwise([("r", "f32")], [x, y], shape, body, ["%r"]))

    body = elementwise([("seen", "f32"), ("bit", "i1")], [x], shape, SIGN, ["%seen", "%bit"]) + pack_bits("bits", "seen#1", shape)
    yield make("encode_signs", [x], [("seen#0", shape, "f32"), ("bits", bits_shape(shape), "i8")], body, columns=columns)

    step = [
        "%decay = arith.constant 0.9 : f32",
        "%old = arith.mulf %decay, %i2 : f32",
        "%new = arith.addf %old, %i1 : f32",
        "%move = arith.mulf %new, %i3 : f32",
        "%moved = arith.subf %i0, %move : f32",
    ]
    arguments = [("w", shape, "f32"), ("g", shape, "f32"), ("m", shape, "f32"), ("rate", (), "f32")]
    body = elementwise([("r", "f32"), ("s", "f32")], arguments, shape, step, ["%moved", "%new"])
    yield make("update", arguments, [("r#0", shape, "f32"), ("r#1", shape, "f32")], body, in_place={"0": "w", "1": "m"})

    yield make("sum_rows", [x], [("r", (rows,), "f32")], reduction("r", "x", shape, 1, "addf", 0.0))
    delta = ("delta", shape, "f32")
    yield make("bias_gradient", [delta], [("r", (columns,), "f32")], reduction("r", "delta", shape, 0, "addf", 0.0))

    case = softmax_gradient(rows, columns)
    arguments, results = [x, ("label", (rows,), "i32")], [("gradient", shape, "f32"), ("lse", (rows,), "f32")]
    description, _ = make("softmax_gradient", arguments, results, "", columns=columns)
    yield {**description, "name": case.name}, case.text


def all_kernels(small_only=False):
    """(description, text) of every kernel; the small ones are for correctness alone."""
    for sizes, matrices, timed in ((SMALL, MATRICES_SMALL, False), (LARGE, MATRICES_LARGE, True)):
        if timed and small_only:
            continue
        for size in sizes:
            for precision in PRECISIONS:
                yield from Linear(*size, precision, timed).all()
        for size in matrices:
            yield from bandwidth_bound(*size, timed)
