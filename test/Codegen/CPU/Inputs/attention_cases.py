"""Kernels of attention, forward and backward, with the NumPy computation that
each must agree with, in float64."""

import numpy as np
from kernel_cases import Case, _close, _run
from kernel_harness import from_bfloat16, to_bfloat16
from kernel_text import kernel, tensor


def reference(q, k, v, heads, causal, mask, gradient):
    """o, log-sum-exp, dq, dk, dv; a query that sees no key gives 0."""
    batch, queries, features = q.shape
    keys, size = k.shape[1], features // heads

    def split(x):
        return x.astype(float).reshape(batch, -1, heads, size).transpose(0, 2, 1, 3)

    def join(x):
        return x.transpose(0, 2, 1, 3).reshape(batch, -1, features)

    q, k, v, gradient = split(q), split(k), split(v), split(gradient)
    seen = np.ones((batch, 1, queries, keys), bool)
    if causal:
        seen &= np.arange(queries)[:, None] >= np.arange(keys)
    if mask is not None and mask.ndim == 1:
        seen &= (np.arange(keys) < mask[:, None])[:, None, None]
    elif mask is not None:
        seen &= (mask != 0)[:, None, None]
    scores = np.where(seen, q @ k.swapaxes(2, 3) / np.sqrt(size), -np.inf)
    highest = np.where(seen.any(-1, keepdims=True), scores.max(-1, keepdims=True), 0)
    p = np.exp(scores - highest)
    total = p.sum(-1, keepdims=True)
    with np.errstate(divide="ignore"):
        statistic = (np.log(total) + highest)[..., 0]
    p = p / np.where(total == 0, 1, total)
    o = p @ v
    dp = gradient @ v.swapaxes(2, 3)
    ds = p * (dp - (gradient * o).sum(-1, keepdims=True)) / np.sqrt(size)
    return join(o), statistic, join(ds @ k), join(ds.swapaxes(2, 3) @ q), join(p.swapaxes(2, 3) @ gradient)


def attention(batch, queries, keys, heads, size, causal=False, mask="", dtype="f32", magnitude=1.0):
    """Two kernels: the operation and its gradients."""
    name = f"{batch}_{queries}_{keys}_{heads}_{size}{'_causal' if causal else ''}{'_' + mask if mask else ''}{'' if dtype == 'f32' else '_' + dtype}"
    rows, columns, statistics = (batch, queries, heads * size), (batch, keys, heads * size), (batch, heads, queries)
    random = np.random.default_rng([*rows, keys])

    def draw(shape, factor=1.0):
        array = (random.standard_normal(shape) * factor).astype(np.float32)
        return array if dtype == "f32" else from_bfloat16(to_bfloat16(array))

    q, k, v, gradient = draw(rows, magnitude), draw(columns, magnitude), draw(columns), draw(rows)
    lengths = random.integers(0, keys + 1, batch).astype(np.int32)
    lengths[0], lengths[-1] = 0, keys + 3
    masks = {"": None, "lengths": lengths, "keys": (random.random((batch, keys)) < 0.5).astype(np.int32)}
    if mask == "keys":
        masks[mask][0] = 0
    expected = reference(q, k, v, heads, causal, masks[mask], gradient)

    flags = f"{{heads = {heads} : i64{', causal' if causal else ''}"
    m = [("m", masks[mask].shape, "i32")] if mask else []
    word = ", %m" if mask else ""

    def types(values):
        return ", ".join(tensor(s, d) for _, s, d in values)

    inputs = [("q", rows, dtype), ("k", columns, dtype), ("v", columns, dtype)]
    outputs = [("o", rows, dtype), ("l", statistics, "f32")]
    body = f"  %o, %l = auxact.attention %q, %k, %v{word} {flags}}} : ({types(inputs + m)}) -> ({types(outputs)})\n"
    forward = kernel(f"attention_{name}", inputs + m, outputs, body)
    inputs = [*inputs, *outputs, ("g", rows, dtype)]
    outputs = [("dq", rows, "f32"), ("dk", columns, "f32"), ("dv", columns, "f32")]
    flags += f", scale = {np.float32(1 / np.sqrt(size))!s} : f32}}"
    body = f"  %dq, %dk, %dv = auxact.attention_grad %q, %k, %v, %o, %l, %g{word} {flags} : ({types(inputs + m)}) -> ({types(outputs)})\n"
    backward = kernel(f"attention_grad_{name}", inputs + m, outputs, body)

    def stored(array):
        return array if dtype == "f32" else to_bfloat16(array)

    operands = [stored(x) for x in (q, k, v)]
    extra = [masks[mask]] if mask else []

    def check_forward(compiled):
        o, statistic = _run(compiled, operands + extra, (rows, np.float32 if dtype == "f32" else np.uint16), (statistics, np.float32))
        if dtype == "f32":
            _close(o, expected[0], 2e-6)
        else:
            _close(from_bfloat16(o), expected[0], 4e-3)
        empty = np.isneginf(expected[1])
        assert (np.isneginf(statistic) == empty).all(), "which queries see no key"
        _close(np.where(empty, 0, statistic), np.where(empty, 0, expected[1]), 2e-6)

    def check_backward(compiled):
        # What the forward gives, so that errors of the two are told apart.
        o = expected[0].astype(np.float32)
        inputs = [*operands, stored(o), expected[1].astype(np.float32), stored(gradient)]
        results = _run(compiled, inputs + extra, (rows, np.float32), (columns, np.float32), (columns, np.float32))
        for got, wanted in zip(results, expected[2:], strict=True):
            _close(got, wanted, 4e-3 if dtype != "f32" else 1e-5 if magnitude == 1.0 else 1e-4)

    return [Case(f"attention_{name}", forward, check_forward), Case(f"attention_grad_{name}", backward, check_backward)]


def all_cases():
    shapes = [(1, 1, 1, 1, 1), (2, 5, 3, 1, 17), (2, 25, 25, 3, 64), (1, 197, 197, 1, 64), (1, 50, 121, 2, 33), (1, 60, 130, 1, 80)]
    for shape in [*shapes, (1, 49, 48, 1, 128)]:
        yield from attention(*shape)
    yield from attention(3, 25, 25, 2, 20, causal=True, mask="lengths")
    yield from attention(3, 25, 25, 2, 16, causal=True, mask="keys")
    yield from attention(2, 121, 50, 1, 20, causal=True)
    yield from attention(2, 50, 121, 1, 24, mask="lengths")
    # Scores of more than a hundred: one key takes it all.
    yield from attention(2, 20, 70, 1, 32, magnitude=6.0)
    yield from attention(2, 70, 61, 2, 33, causal=True, mask="lengths", dtype="bf16")
