"""Contractions with a batch and reductions between two loops against PyTorch.

    benchmarks/tokens.py --build build --threads 1,2

The layers of an MLP-Mixer block that mix tokens, forward and backward, against PyTorch's
matmul of the same arrays; sums over tokens and over the taps of a window against
torch.sum; elementwise products with what is broadcast, of rank 3 to 5, against torch.mul.
The ratio is (time of PyTorch) / (time of ours), more is better; medians over interleaved
rounds. Needs what linear.py needs.
"""

import argparse
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/Codegen/CPU/Inputs"))

import timing  # noqa: E402

timing.share_openmp()

import batch_cases  # noqa: E402
import kernel_harness as harness  # noqa: E402
import linear  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from linear import aligned, random  # noqa: E402

# (batch, tokens, inner tokens, features): Mixer-B/16, Mixer-S/16, one for two cores.
MIXERS = [(16, 196, 384, 768), (32, 196, 256, 512), (128, 64, 64, 128)]
# (outer, reduced, inner): a mean over tokens or positions, the windows of a pooling.
SUMS = [(16, 196, 768), (32, 49, 2048), (32 * 56 * 56, 9, 64), (128, 64, 128)]
# A shape, and at which of its dimensions the second factor is read.
PRODUCTS = [((16, 197, 768), (1, 2)), ((32, 3136, 64), (0, 2)), ((32, 56, 56, 64), (3,)), ((64, 64, 8, 16), (0, 2, 3)), ((16, 3, 14, 16, 16), (0, 1, 3))]


def contractions(batch, tokens, inner, features):
    """(what, kernel, shapes of the factors, PyTorch's function)"""
    forward = batch_cases.product((batch, inner, features, tokens), False, False, "b")
    backward = batch_cases.product((batch, tokens, features, inner), True, False, "b")
    gradient = batch_cases.product((batch, inner, tokens, features), False, True, "ab", summed=True)
    x, delta, weight = (batch, tokens, features), (batch, inner, features), (inner, tokens)
    yield "forward", forward, (weight, x), lambda w, x: torch.matmul(w, x)
    yield "input gradient", backward, (weight, delta), lambda w, d: torch.matmul(w.t(), d)
    yield "weight gradient", gradient, (delta, x), lambda d, x: torch.einsum("btc,bsc->ts", d, x)


def compare(threads, case, shapes, function, options):
    compiled = harness.compile_kernels(case.text, options.target)[case.name]
    arrays = [random(*shape) for shape in shapes]
    tensors = [torch.from_numpy(array) for array in arrays]
    expected = function(*tensors)
    result = aligned(tuple(expected.shape))
    functions = {"ours": threads.ours(compiled, *arrays, result), "torch": lambda: function(*tensors)}
    times = timing.interleaved(functions, options.rounds, options.seconds, timing.CLOCKS[options.clock])
    assert np.linalg.norm(result - expected.numpy()) <= 1e-5 * np.linalg.norm(result), "results differ"
    return timing.ratio(times, "torch", "ours"), statistics.median(times["ours"])


def broadcast(shape, dims):
    case = batch_cases.broadcast_product(shape, dims)
    view = [extent if d in dims else 1 for d, extent in enumerate(shape)]
    return case, (shape, tuple(shape[d] for d in dims)), lambda x, a: x * a.view(view)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--target", default="host")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--seconds", type=float, default=0.01, help="of each implementation in a round, at least one call")
    parser.add_argument("--parts", default="mixers,sums,products")
    parser.add_argument(
        "--clock",
        choices=list(timing.CLOCKS),
        default="wall",
        help="cpu: processor time of all threads, for busy machines; waiting for each other is not counted",
    )
    options = parser.parse_args()
    harness.COMPILER = str(Path(options.build) / "bin/auxact-compile-kernels")
    threads = linear.Threads(options.build)
    print(f"# {timing.machine()}; target {options.target}; {options.clock} time, medians of {options.rounds} interleaved rounds")
    for count in map(int, options.threads.split(",")):
        threads.use(count)
        print(f"\n## {count} thread{'s' if count > 1 else ''}: PyTorch's time / ours\n\n| what | shape | ratio | ours |\n|---|---|---|---|")
        if "mixers" in options.parts:
            for mixer in MIXERS:
                batch, tokens, inner, features = mixer
                for what, case, shapes, function in contractions(*mixer):
                    ratio, seconds = compare(threads, case, shapes, function, options)
                    gflops = 2e-9 * batch * tokens * inner * features / seconds
                    print(f"| tokens, {what} | {', '.join(map(str, mixer))} | {ratio:.3f} | {gflops:.0f} GFLOP/s |", flush=True)
        moved = []
        if "sums" in options.parts:
            moved += [("sum of the middle", batch_cases.reduced_inside(shape, "addf"), (shape,), lambda x: x.sum(1)) for shape in SUMS]
        if "products" in options.parts:
            moved += [(f"product, read at {', '.join(map(str, dims))}", *broadcast(shape, dims)) for shape, dims in PRODUCTS]
        for what, case, shapes, function in moved:
            ratio, seconds = compare(threads, case, shapes, function, options)
            read = 4e-9 * float(np.prod(shapes[0])) / seconds
            print(f"| {what} | {', '.join(map(str, shapes[0]))} | {ratio:.3f} | {read:.1f} GB/s read |", flush=True)


if __name__ == "__main__":
    main()
