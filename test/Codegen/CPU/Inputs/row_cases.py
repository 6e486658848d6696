"""Kernels that read and add up the rows that a list of indices names."""

import numpy as np
from kernel_cases import Case, _close, _random, _run
from kernel_text import contraction, elementwise, kernel, tensor


def _indices(count, rows, seed=3):
    """Some rows often, some never, the first and the last among them."""
    drawn = np.random.default_rng(seed).integers(0, rows, count) // 2 * 2 % rows
    drawn[0], drawn[-1] = rows - 1, 0
    return drawn.astype(np.int32)


def gather_rows(out, table, indices, rows, columns, count):
    types = f"({tensor((rows, columns))}, {tensor((count,), 'i32')}) -> {tensor((count, columns))}"
    return f"  %{out} = auxact.gather_rows %{table}, %{indices} : {types}\n"


def gathered_and_added(rows, columns, count):
    """Rows of a table, and one number a column."""
    name = f"gather_{rows}_{columns}_{count}"
    operands = [("x", (count, columns), "f32"), ("bias", (columns,), "f32")]
    body = gather_rows("x", "table", "tokens", rows, columns, count)
    body += elementwise([("y", "f32")], operands, (count, columns), ["%v = arith.addf %i0, %i1 : f32"], ["%v"], ["(d0, d1)", "(d1)"])
    arguments = [("table", (rows, columns), "f32"), ("tokens", (count,), "i32"), ("bias", (columns,), "f32")]
    text = kernel(name, arguments, [("y", (count, columns), "f32")], body)

    def check(compiled):
        table, tokens, bias = _random(rows, columns), _indices(count, rows), _random(columns)
        (y,) = _run(compiled, [table, tokens, bias], ((count, columns), np.float32))
        np.testing.assert_array_equal(y, table[tokens] + bias)

    return Case(name, text, check)


def gathered_and_multiplied(rows, columns, count, n):
    """Rows of a table as the factor of a contraction."""
    name = f"gather_multiply_{rows}_{columns}_{count}_{n}"
    body = gather_rows("x", "table", "tokens", rows, columns, count)
    body += contraction("y", "x", "w", count, n, columns, False, True)
    arguments = [("table", (rows, columns), "f32"), ("tokens", (count,), "i32"), ("w", (n, columns), "f32")]
    text = kernel(name, arguments, [("y", (count, n), "f32")], body)

    def check(compiled):
        table, tokens, weight = _random(rows, columns), _indices(count, rows), _random(n, columns)
        (y,) = _run(compiled, [table, tokens, weight], ((count, n), np.float32))
        _close(y, table[tokens].astype(float) @ weight.T)

    return Case(name, text, check)


def scattered(rows, columns, count, ignored=None):
    """Sums of rows by index: the same bits as adding them one after the other."""
    name = f"scatter_{rows}_{columns}_{count}" + ("" if ignored is None else f"_{ignored}")
    mark = "" if ignored is None else f" {{ignored = {ignored} : i64}}"
    types = f"({tensor((count, columns))}, {tensor((count,), 'i32')}) -> {tensor((rows, columns))}"
    body = f"  %g = auxact.scatter_rows %d, %tokens{mark} : {types}\n"
    arguments = [("d", (count, columns), "f32"), ("tokens", (count,), "i32")]
    text = kernel(name, arguments, [("g", (rows, columns), "f32")], body)

    def check(compiled):
        delta, tokens = _random(count, columns), _indices(count, rows)
        expected = np.zeros((rows, columns), np.float32)
        for row, token in zip(delta, tokens, strict=True):
            if token != ignored:
                expected[token] += row
        (g,) = _run(compiled, [delta, tokens], ((rows, columns), np.float32))
        np.testing.assert_array_equal(g, expected)

    return Case(name, text, check)


def all_cases():
    for shape in [(7, 16, 5), (10, 33, 40), (300, 100, 64)]:
        yield gathered_and_added(*shape)
        yield gathered_and_multiplied(*shape, 17)
        yield scattered(*shape)
        yield scattered(*shape, ignored=0)
    yield scattered(70, 200, 300)
