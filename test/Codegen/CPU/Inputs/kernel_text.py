"""Writes kernels as MLIR text, in the form that kernel formation leaves them in."""

from kernel_harness import bits_shape


def tensor(shape, dtype="f32"):
    return "tensor<" + "".join(f"{extent}x" for extent in shape) + dtype + ">"


def kernel(name, arguments, results, body):
    """`arguments` and `results` are (name, shape, element type)."""
    parameters = ", ".join(f"%{n}: {tensor(s, d)}" for n, s, d in arguments)
    types = ", ".join(tensor(s, d) for _, s, d in results)
    values = ", ".join(f"%{n}" for n, _, _ in results)
    return f"func.func @{name}({parameters}) -> ({types}) attributes {{auxact.kernel}} {{\n{body}  return {values} : {types}\n}}\n"


def _generic(outs, ins, maps, iterators, arguments, body, yields, inits, mark=""):
    """outs: [(name, shape, dtype)]; ins: the same; inits: names; mark: attributes."""
    types = ", ".join(tensor(s, d) for _, s, d in outs)
    result = f"%{outs[0][0]}" if len(outs) == 1 else f"%{outs[0][0]}:{len(outs)}"
    reads = ""
    if ins:
        reads = "ins(" + ", ".join(f"%{n}" for n, _, _ in ins) + " : " + ", ".join(tensor(s, d) for _, s, d in ins) + ") "
    writes = "outs(" + ", ".join(f"%{n}" for n in inits) + f" : {types})"
    indexing = ", ".join(f"affine_map<{m}>" for m in maps)
    kinds = ", ".join(f'"{i}"' for i in iterators)
    lines = "".join(f"    {line}\n" for line in body)
    return (
        f"  {result} = linalg.generic {{indexing_maps = [{indexing}], iterator_types = [{kinds}]}} {reads}{writes} {mark}{{\n"
        f"  ^bb0({', '.join(arguments)}):\n{lines}"
        f"    linalg.yield {', '.join(yields)} : {', '.join(d for _, _, d in outs)}\n"
        f"  }} -> {types if len(outs) == 1 else f'({types})'}\n"
    )


def _empty(name, shape, dtype):
    return f"  %{name} = tensor.empty() : {tensor(shape, dtype)}\n"


def _filled(name, shape, value):
    return (
        _empty(f"{name}_empty", shape, "f32")
        + f"  %{name}_value = arith.constant {value} : f32\n"
        + f"  %{name} = linalg.fill ins(%{name}_value : f32) outs(%{name}_empty : {tensor(shape)}) -> {tensor(shape)}\n"
    )


def contraction(out, a, b, m, n, k, a_transposed=False, b_transposed=False, dtype="f32", precision=""):
    """out (m, n) = A B in f32; A is (m, k) or transposed (k, m), B is (k, n) or transposed (n, k), both of `dtype`.

    A `precision` such as "tf32" is a mark on the contraction.
    """
    a_dims, b_dims = ("km" if a_transposed else "mk"), ("nk" if b_transposed else "kn")
    extents = {"m": m, "n": n, "k": k}
    loops = "(m, n, k)"
    maps = [f"{loops} -> ({', '.join(dims)})" for dims in (a_dims, b_dims, "mn")]
    ins = [(name, tuple(extents[d] for d in dims), dtype) for name, dims in ((a, a_dims), (b, b_dims))]
    body = ["%product = arith.mulf %left, %right : f32", "%sum = arith.addf %partial, %product : f32"]
    if dtype != "f32":
        body = [f"%{side} = arith.extf %{side}_stored : {dtype} to f32" for side in ("left", "right")] + body
    stored = "" if dtype == "f32" else "_stored"
    arguments = [f"%left{stored}: {dtype}", f"%right{stored}: {dtype}", "%partial: f32"]
    iterators = ["parallel", "parallel", "reduction"]
    outs, inits = [(out, (m, n), "f32")], [f"{out}_zero"]
    mark = f'attrs = {{auxact.precision = "{precision}"}} ' if precision else ""
    return _filled(f"{out}_zero", (m, n), 0.0) + _generic(outs, ins, maps, iterators, arguments, body, ["%sum"], inits, mark)


def batch_contraction(out, a, b, shape, a_transposed=False, b_transposed=False, batched="ab", summed=False):
    """out (b, m, n) = A B for each b, or their sum (m, n); `batched` names the factors that have a b. `shape` is (b, m, n, k)."""
    a_dims, b_dims = ("km" if a_transposed else "mk"), ("nk" if b_transposed else "kn")
    a_dims, b_dims = ("b" if "a" in batched else "") + a_dims, ("b" if "b" in batched else "") + b_dims
    out_dims = "mn" if summed else "bmn"
    extents = dict(zip("bmnk", shape, strict=True))
    loops = "(m, n, b, k)" if summed else "(b, m, n, k)"
    iterators = ["parallel", "parallel", "reduction" if summed else "parallel", "reduction"]
    maps = [f"{loops} -> ({', '.join(dims)})" for dims in (a_dims, b_dims, out_dims)]
    ins = [(name, tuple(extents[d] for d in dims), "f32") for name, dims in ((a, a_dims), (b, b_dims))]
    result = tuple(extents[d] for d in out_dims)
    body = ["%product = arith.mulf %left, %right : f32", "%sum = arith.addf %partial, %product : f32"]
    arguments = ["%left: f32", "%right: f32", "%partial: f32"]
    text = _generic([(out, result, "f32")], ins, maps, iterators, arguments, body, ["%sum"], [f"{out}_zero"])
    return _filled(f"{out}_zero", result, 0.0) + text


def elementwise(outs, ins, shape, body, yields, maps=None):
    """outs: [(name, dtype)]; the body reads operand i as %i<i>. `maps` are the operands' dimensions, all by default."""
    dims = [f"d{i}" for i in range(len(shape))]
    loops = f"({', '.join(dims)})"
    reads = maps or [loops if tuple(s) == tuple(shape) else "()" for _, s, _ in ins]
    indexing = [f"{loops} -> {m}" for m in [*reads, *([loops] * len(outs))]]
    arguments = [f"%i{i}: {d}" for i, (_, _, d) in enumerate(ins)] + [f"%o{i}: {d}" for i, (_, d) in enumerate(outs)]
    text = "".join(_empty(f"{name}_empty", shape, d) for name, d in outs)
    results = [(name, shape, d) for name, d in outs]
    return text + _generic(results, ins, indexing, ["parallel"] * len(shape), arguments, body, yields, [f"{name}_empty" for name, _ in outs])


def reduction(out, operand, shape, dimension, combiner, init, dtype="f32"):
    """Reduces `dimension` of a tensor of rank 1 to 3, in f32."""
    dims = [f"d{i}" for i in range(len(shape))]
    kept = [i for i in range(len(shape)) if i != dimension]
    result = tuple(shape[i] for i in kept)
    loops = f"({', '.join(dims)})"
    maps = [f"{loops} -> {loops}", f"{loops} -> ({', '.join(dims[i] for i in kept)})"]
    iterators = ["reduction" if i == dimension else "parallel" for i in range(len(shape))]
    body = [f"%combined = arith.{combiner} %partial, %element : f32"]
    if dtype != "f32":
        body = [f"%element = arith.extf %stored : {dtype} to f32", *body]
    element = f"%element: {dtype}" if dtype == "f32" else f"%stored: {dtype}"
    return _filled(f"{out}_init", result, init) + _generic(
        [(out, result, "f32")], [(operand, shape, dtype)], maps, iterators, [element, "%partial: f32"], body, ["%combined"], [f"{out}_init"]
    )


def pack_bits(out, value, shape, size=1):
    return f"  %{out} = auxact.pack_bits %{value} : {tensor(shape, f'i{size}')} -> {tensor(bits_shape(shape, size), 'i8')}\n"


def unpack_bits(out, value, shape, size=1):
    return f"  %{out} = auxact.unpack_bits %{value} : {tensor(bits_shape(shape, size), 'i8')} -> {tensor(shape, f'i{size}')}\n"
