"""The convolutions of networks against PyTorch's, which are oneDNN's.

    benchmarks/conv.py --build build --threads 1,2

For each shape: forward, input gradient and weight gradient as the ratio (time of PyTorch) /
(time of ours), more is better: medians over interleaved rounds. PyTorch's time is that of
its better layout, contiguous or channels-last. Ours has NHWC images and OHWI weights. Needs a
build (auxact-compile-kernels, libauxact-kernel-runner.so), numpy and torch.
"""

import argparse
import statistics
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test/Codegen/CPU/Inputs"))

import timing  # noqa: E402

timing.share_openmp()

import kernel_harness as harness  # noqa: E402
import kernel_threads  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
import view_cases  # noqa: E402
from kernel_cases import plain_contraction  # noqa: E402

# (height and width, channels, filters, window, stride); the padding keeps the size.
RESNET50 = [
    (224, 3, 64, 7, 2),
    (56, 64, 64, 1, 1),
    (56, 64, 64, 3, 1),
    (56, 64, 256, 1, 1),
    (56, 256, 64, 1, 1),
    (56, 128, 128, 3, 2),
    (56, 256, 512, 1, 2),
    (28, 128, 128, 3, 1),
    (28, 512, 128, 1, 1),
    (14, 256, 256, 3, 1),
    (14, 1024, 256, 1, 1),
    (7, 512, 512, 3, 1),
    (7, 2048, 512, 1, 1),
]
CIFAR = [
    (32, 3, 16, 3, 1),
    (32, 16, 16, 3, 1),
    (32, 16, 32, 3, 2),
    (16, 32, 32, 3, 1),
    (32, 32, 32, 3, 1),
    (8, 64, 64, 3, 1),
]
SHAPES = {"ResNet-50": (RESNET50, 8), "CIFAR": (CIFAR, 64)}
KINDS = ("forward", "input gradient", "weight gradient")


def kernel_case(geometry, kind):
    """The kernel that the compiler forms for a convolution without a bias."""
    g = geometry
    _n, _h, _w, c = g.size
    pointwise = g.k == c and g.stride == 1
    if pointwise:
        sizes = {"forward": (g.m, g.out, g.k, False, True), "input gradient": (g.m, c, g.out, False, False), "weight gradient": (g.out, g.k, g.m, True, False)}
        return plain_contraction(*sizes[kind])
    if kind == "forward":
        return view_cases.convolution(g, bias=False)
    if kind == "weight gradient":
        return view_cases.convolution_weight_gradient(g, of_bits=False)
    if g.k == c:
        return None  # a contraction of fewer pixels, and a view of it
    return view_cases.phased_input_gradient(g) if g.stride > 1 else view_cases.convolution_input_gradient(g)


def measure(threads, layer, batch, kind, options):
    size, channels, out, window, stride = layer
    geometry = view_cases.Geometry((batch, size, size, channels), out, (window, window), stride, window // 2)
    case = kernel_case(geometry, kind)
    if case is None:
        return None
    compiled = harness.compile_kernels(case.text, options.target)[case.name]
    x = kernel_threads.Threads.random(*geometry.size)
    weight = kernel_threads.Threads.random(out, geometry.k)
    delta = kernel_threads.Threads.random(geometry.m, out)
    inputs, shape = {
        "forward": ((x, weight), (geometry.m, out)),
        "input gradient": ((delta, weight), (batch * size * size, channels)),
        "weight gradient": ((delta, x), (out, geometry.k)),
    }[kind]
    stored, phased = shape, kind == "input gradient" and stride > 1
    if phased:
        # Phase by phase; what reads it sees the pixels in their order.
        stored = (stride * stride * batch * (-(-size // stride)) ** 2, channels)
    result = kernel_threads.Threads.aligned(stored)
    functions = {"ours": threads.ours(compiled, *inputs, result)}
    outputs = {}
    for name, layout in (("contiguous", torch.contiguous_format), ("channels-last", torch.channels_last)):
        functions[name] = torch_function(kind, geometry, x, weight, delta, layout, outputs, name)
    times = timing.interleaved(functions, options.rounds, options.seconds, timing.CLOCKS[options.clock])
    for expected in () if phased else outputs.values():
        expected = expected.permute(0, 2, 3, 1).numpy().reshape(shape)
        assert np.linalg.norm(result - expected) <= 1e-4 * np.linalg.norm(expected), "results differ"
    ratios = {name: timing.ratio(times, name, "ours") for name in outputs}
    gflops = 2e-9 * geometry.m * out * geometry.k / statistics.median(times["ours"])
    return min(ratios.values()), ratios, gflops


def torch_function(kind, g, x, weight, delta, layout, outputs, name):
    n, _h, _w, c = g.size
    images = torch.from_numpy(x).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    filters = torch.from_numpy(weight).view(g.out, *g.window, c).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    gradient = torch.from_numpy(delta).view(n, g.rows, g.columns, g.out).permute(0, 3, 1, 2).contiguous(memory_format=layout)
    step, border, apart = [g.stride] * 2, [g.padding] * 2, [g.dilation] * 2

    def run():
        if kind == "forward":
            outputs[name] = torch.nn.functional.conv2d(images, filters, None, step, border, apart)
            return
        wanted = [kind == "input gradient", kind == "weight gradient", False]
        found = torch.ops.aten.convolution_backward(gradient, images, filters, None, step, border, apart, False, [0, 0], 1, wanted)
        outputs[name] = found[0] if wanted[0] else found[1]

    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=str(ROOT / "build"))
    parser.add_argument("--target", default="host")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=0.02, help="of each implementation in a round, at least one call")
    parser.add_argument("--networks", default="ResNet-50,CIFAR")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--clock", choices=list(timing.CLOCKS), default="wall")
    options = parser.parse_args()
    harness.COMPILER = str(Path(options.build) / "bin/auxact-compile-kernels")
    threads = kernel_threads.Threads(options.build)
    print(f"# {timing.machine()}; target {options.target}; {options.clock} time, medians of {options.rounds} interleaved rounds")
    for count in map(int, options.threads.split(",")):
        threads.use(count)
        for network in options.networks.split(","):
            layers, batch = SHAPES[network]
            print(f"\n## {network}, batch {batch}, {count} thread{'s' if count > 1 else ''}: PyTorch's time / ours\n")
            print("| size, channels, filters, window, stride | kind | ratio | contiguous | channels-last | ours GFLOP/s |\n|---|---|---|---|---|---|")
            for layer in layers:
                for kind in options.kinds.split(","):
                    measured = measure(threads, layer, batch, kind, options)
                    if measured is None or (layer[1] == 3 and kind == "input gradient"):
                        continue
                    best, ratios, gflops = measured
                    columns = " | ".join(f"{ratios[name]:.2f}" for name in ("contiguous", "channels-last"))
                    print(f"| {', '.join(map(str, layer))} | {kind} | {best:.2f} | {columns} | {gflops:.0f} |", flush=True)


if __name__ == "__main__":
    main()
