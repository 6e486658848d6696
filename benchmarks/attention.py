"""Attention against PyTorch's scaled_dot_product_attention, forward and backward.

    benchmarks/attention.py --build build --threads 1,2

Ratios are (time of PyTorch) / (time of ours), more is better: medians over interleaved
rounds. PyTorch gets (batch, tokens, heads, D) tensors seen as (batch, heads, tokens, D),
which is what a network's linear layers give it. Needs a build (auxact-compile-kernels,
libauxact-kernel-runner.so), numpy and torch.
"""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/Codegen/CPU/Inputs"))

import timing  # noqa: E402

timing.share_openmp()

import attention_cases  # noqa: E402
import kernel_harness as harness  # noqa: E402
import kernel_threads  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

# (batch, tokens, heads, features of a head), causal
SHAPES = {
    "ViT-B/16": ((16, 197, 12, 64), False),
    "BERT-base": ((16, 128, 12, 64), False),
    "Transformer": ((64, 25, 8, 64), False),
    "Transformer, causal": ((64, 25, 8, 64), True),
    "long, causal": ((1, 2048, 12, 64), True),
}


def torchs(array, heads):
    return torch.from_numpy(array).unflatten(-1, (heads, -1)).transpose(1, 2)


def measure(threads, name, options):
    (batch, tokens, heads, size), causal = SHAPES[name]
    cases = attention_cases.attention(batch, tokens, tokens, heads, size, causal=causal)
    compiled = harness.compile_kernels("".join(case.text for case in cases), options.target)
    forward, backward = (compiled[case.name] for case in cases)
    shape = (batch, tokens, heads * size)
    q, k, v, gradient = (threads.random(*shape, seed=seed) for seed in range(4))
    o, dq, dk, dv = (threads.aligned(shape) for _ in range(4))
    statistic = threads.aligned((batch, heads, tokens))
    operands = [torchs(array, heads).requires_grad_() for array in (q, k, v)]
    outer = torchs(gradient, heads)

    def attend():
        return torch.nn.functional.scaled_dot_product_attention(*operands, is_causal=causal)

    def torch_forward():
        with torch.no_grad():
            attend()

    result = attend()
    functions = {
        "forward": (threads.ours(forward, q, k, v, o, statistic), torch_forward),
        "backward": (
            threads.ours(backward, q, k, v, o, statistic, gradient, dq, dk, dv),
            lambda: torch.autograd.grad(result, operands, outer, retain_graph=True),
        ),
    }
    ratios = {}
    for kind, (ours, theirs) in functions.items():
        times = timing.interleaved({"ours": ours, "torch": theirs}, options.rounds, options.seconds, timing.CLOCKS[options.clock])
        ratios[kind] = timing.ratio(times, "torch", "ours"), np.median(times["ours"])
    pairs = [(o, result), *zip((dq, dk, dv), torch.autograd.grad(result, operands, outer), strict=True)]
    for own, other in pairs:
        other = other.detach().transpose(1, 2).flatten(2).numpy()
        assert np.linalg.norm(own - other) <= 1e-5 * np.linalg.norm(other), "results differ"
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--target", default="host")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--seconds", type=float, default=0.05, help="of each function in a round")
    parser.add_argument("--clock", choices=timing.CLOCKS, default="wall", help="cpu: of the process, on a busy machine")
    parser.add_argument("--only", default="", help="names of shapes contain this")
    options = parser.parse_args()
    harness.COMPILER = str(Path(options.build) / "bin/auxact-compile-kernels")
    threads = kernel_threads.Threads(options.build)
    print(f"{timing.machine()}; torch {torch.__version__}; {options.clock} clock, {options.rounds} rounds")
    for count in map(int, options.threads.split(",")):
        threads.use(count)
        for name in SHAPES:
            if options.only not in name:
                continue
            parts = [f"{kind} {ratio:.2f} ({time * 1e3:.2f} ms)" for kind, (ratio, time) in measure(threads, name, options).items()]
            print(f"{count} threads, {name:<20} {', '.join(parts)}", flush=True)


if __name__ == "__main__":
    main()
