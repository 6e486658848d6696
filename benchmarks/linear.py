"""The contractions of linear layers against oneDNN's sgemm and PyTorch's matmul.

    benchmarks/linear.py --build build --threads 1,2

For each shape: forward y = x w', input gradient dx = dy w, weight gradient dw = dy' x,
as the ratio (time of the better library) / (time of ours), more is better; then the sign
rule's kernels as ratios to our own plain ones, less is better. Ratios are medians over
interleaved rounds. Needs a build (auxact-compile-kernels, libauxact-kernel-runner.so),
numpy, torch, and libdnnl.so.2 (Debian: libdnnl2).
"""

import argparse
import ctypes
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/Codegen/CPU/Inputs"))

import timing  # noqa: E402

timing.share_openmp()

import kernel_cases as cases  # noqa: E402
import kernel_harness as harness  # noqa: E402
import kernel_threads  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from kernel_text import contraction, elementwise, kernel  # noqa: E402

# (batch, outputs, inputs)
LAYERS = [
    (256, 768, 768),
    (1024, 768, 768),
    (4096, 768, 768),
    (256, 3072, 768),
    (1024, 3072, 768),
    (4096, 3072, 768),
    (256, 768, 3072),
    (1024, 768, 3072),
    (4096, 768, 3072),
]
ODD = [(100, 100, 100), (300, 300, 300), (1000, 1000, 1000), (1023, 1023, 1023)]
FUSED = [(256, 768, 768), (1024, 768, 768), (1024, 3072, 768), (1024, 768, 3072)]
KINDS = {"forward": (False, True), "input gradient": (False, False), "weight gradient": (True, False)}


aligned, random = kernel_threads.Threads.aligned, kernel_threads.Threads.random


class Threads(kernel_threads.Threads):
    """Runs compiled kernels and the libraries on a number of threads."""

    def __init__(self, build):
        super().__init__(build)
        self.dnnl = ctypes.CDLL("libdnnl.so.2")
        size, pointer, char = ctypes.c_int64, ctypes.c_void_p, ctypes.c_char
        self.dnnl.dnnl_sgemm.argtypes = [char, char, size, size, size, ctypes.c_float, pointer, size, pointer, size, ctypes.c_float, pointer, size]

    def sgemm(self, a, b, c, m, n, k, a_transposed, b_transposed):
        flags = [b"T" if transposed else b"N" for transposed in (a_transposed, b_transposed)]
        return lambda: self.dnnl.dnnl_sgemm(*flags, m, n, k, 1.0, a.ctypes.data, a.shape[1], b.ctypes.data, b.shape[1], 0.0, c.ctypes.data, n)


def matmul(a, b, c, a_transposed, b_transposed):
    a, b, c = (torch.from_numpy(array) for array in (a, b, c))
    a, b = a.t() if a_transposed else a, b.t() if b_transposed else b
    return lambda: torch.mm(a, b, out=c)


def measure_plain(threads, layer, kind, options):
    batch, outputs, inputs = layer
    m, n, k = {"forward": (batch, outputs, inputs), "input gradient": (batch, inputs, outputs), "weight gradient": (outputs, inputs, batch)}[kind]
    transposed = KINDS[kind]
    case = cases.plain_contraction(m, n, k, *transposed)
    compiled = harness.compile_kernels(case.text, options.target)[case.name]
    a, b = random(*((k, m) if transposed[0] else (m, k))), random(*((n, k) if transposed[1] else (k, n)))
    results = [aligned((m, n)) for _ in range(3)]
    functions = {
        "ours": threads.ours(compiled, a, b, results[0]),
        "oneDNN": threads.sgemm(a, b, results[1], m, n, k, *transposed),
        "torch": matmul(a, b, results[2], *transposed),
    }
    times = timing.interleaved(functions, options.rounds, options.seconds, timing.CLOCKS[options.clock])
    for result in results[1:]:
        assert np.linalg.norm(result - results[0]) <= 1e-5 * np.linalg.norm(results[0]), "results differ"
    libraries = {name: timing.ratio(times, name, "ours") for name in ("oneDNN", "torch")}
    gflops = 2e-9 * m * n * k / statistics.median(times["ours"])
    return min(libraries.values()), libraries, gflops


def plain_forward(name, m, n, k, relu):
    body = ["%zero = arith.constant 0.0 : f32", "%v = arith.addf %i0, %i1 : f32", "%r = arith.maximumf %v, %zero : f32"]
    text = contraction("c", "x", "w", m, n, k, False, True)
    text += elementwise([("y", "f32")], [("c", (m, n), "f32"), ("bias", (n,), "f32")], (m, n), body, ["%r" if relu else "%v"], ["(d0, d1)", "(d1)"])
    return kernel(name, [("x", (m, k), "f32"), ("w", (n, k), "f32"), ("bias", (n,), "f32")], [("y", (m, n), "f32")], text)


def measure_fused(threads, layer, options):
    """(packed / plain forward, produced / relu forward, bits / plain weight gradient)"""
    m, n, k = layer
    packed, produced = cases.sign_while_packing(m, n, k, False), cases.sign_in_producer(m, n, k)
    bits, gradient = cases.weight_gradient_from_bits(n, k, m), cases.plain_contraction(n, k, m, True, False)
    text = plain_forward("forward", m, n, k, False) + plain_forward("relu", m, n, k, True) + packed.text + produced.text + bits.text + gradient.text
    compiled = harness.compile_kernels(text, options.target)
    x, w, bias, delta = random(m, k), random(n, k), random(n), random(m, n)
    positive = aligned(harness.bits_shape((m, k)), np.uint8)
    positive[...] = harness.pack(x > 0)
    y, y_bits, dw = aligned((m, n)), aligned(harness.bits_shape((m, n)), np.uint8), aligned((n, k))
    functions = {
        "forward": threads.ours(compiled["forward"], x, w, bias, y),
        "relu": threads.ours(compiled["relu"], x, w, bias, y),
        "packed": threads.ours(compiled[packed.name], x, w, bias, y, aligned(positive.shape, np.uint8)),
        "produced": threads.ours(compiled[produced.name], x, w, bias, y, y_bits),
        "gradient": threads.ours(compiled[gradient.name], delta, x, dw),
        "bits": threads.ours(compiled[bits.name], delta, positive, dw),
    }
    times = timing.interleaved(functions, options.rounds, options.seconds, timing.CLOCKS[options.clock])
    return timing.ratio(times, "packed", "forward"), timing.ratio(times, "produced", "relu"), timing.ratio(times, "bits", "gradient")


def geometric_mean(values):
    return statistics.geometric_mean(values) if values else float("nan")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--target", default="host")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--seconds", type=float, default=0.01, help="of each implementation in a round, at least one call")
    parser.add_argument("--parts", default="layers,odd,fused")
    parser.add_argument(
        "--clock",
        choices=list(timing.CLOCKS),
        default="wall",
        help="cpu: processor time of all threads, for busy machines; waiting for each other is not counted",
    )
    options = parser.parse_args()
    harness.COMPILER = str(Path(options.build) / "bin/auxact-compile-kernels")
    threads = Threads(options.build)
    print(f"# {timing.machine()}; target {options.target}; {options.clock} time, medians of {options.rounds} interleaved rounds")
    for count in map(int, options.threads.split(",")):
        threads.use(count)
        for part, layers in (("layers", LAYERS), ("odd", ODD)):
            if part not in options.parts:
                continue
            print(
                f"\n## {part}, {count} thread{'s' if count > 1 else ''}: best library's time / ours\n\n| batch, outputs, inputs | kind | ratio | oneDNN | torch | ours GFLOP/s |\n|---|---|---|---|---|---|"
            )
            found = {kind: [] for kind in KINDS}
            for layer in layers:
                for kind in KINDS:
                    best, libraries, gflops = measure_plain(threads, layer, kind, options)
                    found[kind].append(best)
                    print(
                        f"| {', '.join(map(str, layer))} | {kind} | {best:.3f} | {libraries['oneDNN']:.3f} | {libraries['torch']:.3f} | {gflops:.0f} |",
                        flush=True,
                    )
            print("\n" + "; ".join(f"{kind}: least {min(values):.3f}, geometric mean {geometric_mean(values):.3f}" for kind, values in found.items()))
        if "fused" in options.parts:
            print(
                f"\n## sign rule, {count} thread{'s' if count > 1 else ''}: time / our own plain kernel's\n\n| batch, outputs, inputs | made while packing | made by the producer | weight gradient from bits |\n|---|---|---|---|"
            )
            for layer in FUSED:
                print(f"| {', '.join(map(str, layer))} | " + " | ".join(f"{value:.3f}" for value in measure_fused(threads, layer, options)) + " |", flush=True)


if __name__ == "__main__":
    main()
