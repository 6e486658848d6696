"""Contractions marked for tf32: their factors are rounded to 10 bits of mantissa, and added up in float32."""

import kernel_cases as cases
import numpy as np
from kernel_text import contraction, kernel

# A factor is off by half a unit of its last place at most.
UNIT = 2.0**-11


def to_tf32(array):
    """float32 rounded to the nearest of tf32, ties away from zero."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32)
    return ((bits + 0x1000) & 0xFFFFE000).view(np.float32).astype(float)


def plain_contraction(m, n, k, a_transposed, b_transposed):
    a_shape, b_shape = ((k, m) if a_transposed else (m, k)), ((n, k) if b_transposed else (k, n))
    name = f"tf32_contraction_{m}_{n}_{k}_{'t' if a_transposed else 'n'}{'t' if b_transposed else 'n'}"
    body = contraction("c", "a", "b", m, n, k, a_transposed, b_transposed, precision="tf32")
    text = kernel(name, [("a", a_shape, "f32"), ("b", b_shape, "f32")], [("c", (m, n), "f32")], body)

    def check(compiled):
        a, b = cases._random(*a_shape), cases._random(*b_shape)
        (c,) = cases._run(compiled, [a, b], ((m, n), np.float32))
        left, right = to_tf32(a), to_tf32(b)
        cases._close(c, (left.T if a_transposed else left) @ (right.T if b_transposed else right))

    return cases.Case(name, text, check)


def marked(case):
    """A case of float32 with its contraction marked, and what that costs in accuracy."""
    before, found, after = case.text.partition('"parallel", "parallel", "reduction"]')
    assert found, case.name
    text = before + found + ', auxact.precision = "tf32"' + after
    name = f"tf32_{case.name}"

    def check(compiled):
        exact = cases._close
        cases._close = lambda got, expected: exact(got, expected, 2 * UNIT)
        try:
            case.check(compiled)
        finally:
            cases._close = exact

    return cases.Case(name, text.replace(f"@{case.name}(", f"@{name}("), check)


def all_cases(contractions, fused):
    for shape in contractions:
        for a_transposed in (False, True):
            for b_transposed in (False, True):
                yield plain_contraction(*shape, a_transposed, b_transposed)
    for shape in fused:
        yield marked(cases.sign_while_packing(*shape, a_transposed=False))
        yield marked(cases.sign_while_packing(*shape, a_transposed=True))
        yield marked(cases.weight_gradient_from_bits(*shape))
        yield marked(cases.masked_input_gradient(*shape))
        yield marked(cases.update_of_weight(*shape))
