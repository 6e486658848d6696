"""auxact's GPU code on a real GPU: right numbers first, then times and memory, beside PyTorch's.

    python3 bench.py [folder of the bundle]

Needs the folder that `make bench-gpu-bundle` makes (on any machine, none with a GPU), PyTorch, and a GPU of a chip
in the bundle; neither LLVM nor auxact's package. Parts:

  check      every kernel of the bundle against PyTorch in double precision, on random inputs
  linear     forward, input gradient and weight gradient, exact, with signs fused and with signs unpacked first
  bandwidth  elementwise kernels and reductions against copying memory
  steps      training steps against eager, torch.compile, checkpointing, and hooks that pack signs; peak memory

All times are medians over turns, each a replay of a CUDA graph. Figures go to <date>-<chip>.md and .json.
Without a GPU it says so, and what it would run.
"""

import argparse
import sys
from pathlib import Path

from bundle import Bundle
from driver import Driver, DriverError

PARTS = ("check", "linear", "bandwidth", "steps")
# What PyTorch's kernel of the same kind is called among ours.
LINEAR = {
    "forward": ["forward"],
    "forward, signs kept": ["forward_signs"],
    "relu, signs kept": ["forward_relu_signs"],
    "input gradient": ["input_gradient"],
    "input gradient, masked": ["masked_input_gradient"],
    "weight gradient": ["weight_gradient"],
    "weight gradient, signs fused": ["weight_gradient_bits"],
    "weight gradient, signs unpacked first": ["expand_bits", "weight_gradient"],
}
RIVAL_OF = {"forward": "forward", "relu": "forward", "input": "input_gradient", "weight": "weight_gradient"}


def timed_layers(bundle):
    """(tokens, outputs, inputs), precision: of which the bundle has kernels to time."""
    found = {(tuple(k["layer"]), k["precision"]): None for k in bundle.kernels if k["timed"] and "layer" in k}
    return list(found)


def plan(bundle, parts):
    """What a run does, in lines."""
    kernels, timed = bundle.kernels, [k for k in bundle.kernels if k["timed"]]
    if "check" in parts:
        yield f"check: {len(kernels)} kernels for {', '.join(bundle.chips)} against PyTorch in float64"
    if "linear" in parts:
        for layer, precision in timed_layers(bundle):
            yield f"linear: {' x '.join(map(str, layer))}, {precision}: {'; '.join(LINEAR)}; against PyTorch's"
    if "bandwidth" in parts:
        for kernel in timed:
            if "layer" not in kernel:
                yield f"bandwidth: {kernel['name']}, {kernel['bytes'] / 1e6:.0f} MB, against a copy"
    if "steps" in parts:
        for step in bundle.steps:
            yield f"step: {step['name']} against eager, compiled, checkpointed, packed signs; peak memory planned and measured"


def load(bundle, driver, description):
    from bundled import BundledKernel

    chips = driver.chips(description["code"])
    if not chips:
        raise DriverError(f"the bundle has code for {', '.join(bundle.chips)}, and none that runs on {driver.name} (capability {driver.capability})")
    return BundledKernel(driver, bundle.folder, description, chips[0])


def check(bundle, driver, report, device, only=""):
    rows = []
    for description in bundle.kernels:
        if only not in description["name"]:
            continue
        kernel = load(bundle, driver, description)
        faults = kernel.faults(device)
        kernel.free()
        rows.append([description["name"], "; ".join(faults) or "right"])
    wrong = [row for row in rows if row[1] != "right"]
    report.table("Kernels against PyTorch in float64", ["kernel", "result"], wrong, f"{len(rows)} kernels, {len(wrong)} wrong.")
    return not wrong


def linear(bundle, driver, report, options):
    import rivals
    import timing

    rows = []
    for layer, precision in timed_layers(bundle):
        flops = bundle.find("forward", precision, layer)["flops"]
        kernels = {kind: load(bundle, driver, bundle.find(kind, precision, layer)) for kind in {kind for kinds in LINEAR.values() for kind in kinds}}
        # Graphs of a few milliseconds, so that starting one counts for nothing.
        repeats = max(1, round(5e-3 * 2e14 / flops))
        functions = {name: timing.ours(driver, [kernels[kind].enqueue for kind in kinds], repeats) for name, kinds in LINEAR.items()}
        allow_tf32(precision == "tf32")
        theirs = rivals.layer_functions(*layer, precision, "cuda")
        functions |= {f"PyTorch {name}": timing.pytorch(function, repeats) for name, function in theirs.items()}
        times = timing.medians(functions, options.rounds)
        for name in LINEAR:
            rival = times[f"PyTorch {RIVAL_OF[name.split(',')[0].split(' ')[0]]}"]
            rows.append(
                [" x ".join(map(str, layer)), precision, name, times[name] * 1e6, flops / times[name] / 1e12, flops / rival / 1e12, rival / times[name]]
            )
        for kernel in kernels.values():
            kernel.free()
    columns = ["tokens x outputs x inputs", "precision", "kernel", "us", "ours TFLOP/s", "PyTorch TFLOP/s", "PyTorch's time / ours"]
    report.table("Linear layers", columns, rows, "Goal: at 4096 and larger, bfloat16 reaches 0.4 of PyTorch's speed.")


def allow_tf32(allowed):
    import torch

    torch.backends.cuda.matmul.allow_tf32 = allowed


def bandwidth(bundle, driver, report, options):
    import timing

    rows = []
    size = 1 << 30
    a, b = driver.allocate(size), driver.allocate(size)
    driver.fill(a, size, 1)
    copy = timing.ours(driver, [lambda: driver.copy(b, a, size)], 4)
    for description in bundle.kernels:
        if not description["timed"] or "layer" in description:
            continue
        kernel = load(bundle, driver, description)
        times = timing.medians({"ours": timing.ours(driver, [kernel.enqueue], 8), "copy": copy}, options.rounds)
        kernel.free()
        reached, copied = description["bytes"] / times["ours"] / 1e9, 2 * size / times["copy"] / 1e9
        rows.append([description["name"], times["ours"] * 1e6, reached, copied, reached / copied])
    driver.free(a)
    driver.free(b)
    report.table("Bandwidth", ["kernel", "us", "GB/s", "copy GB/s", "share"], rows, "Goal: 0.8 of the copy's bandwidth.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default=str(Path(__file__).resolve().parent), help="of the bundle (default: this script's)")
    parser.add_argument("--parts", default=",".join(PARTS), help="some of them, by commas")
    parser.add_argument("--rounds", type=int, default=31, help="turns of which a time is the median")
    parser.add_argument("--steps", type=int, default=50, help="training steps of a run of ours")
    parser.add_argument("--device", type=int, default=0, help="which GPU")
    parser.add_argument("--only", default="", help="check only kernels whose names contain this")
    parser.add_argument("--results", default="results", help="folder of the figures")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")

    try:
        bundle = Bundle(options.folder)
    except FileNotFoundError as error:
        sys.exit(f"bench.py: {error}")
    try:
        driver = Driver(options.device)
    except DriverError as error:
        print(f"Nothing is measured: {error}. With a GPU this would run:\n")
        print("\n".join(f"  {line}" for line in plan(bundle, parts)))
        return

    try:
        import torch
    except ImportError as error:
        sys.exit(f"bench.py needs PyTorch: {error}")
    from report import Report

    real = torch.cuda.is_available()
    facts = {"gpu": driver.name, "driver": driver.version, "PyTorch": torch.__version__, "rounds": options.rounds}
    report = Report(facts)
    right = True
    if "check" in parts:
        right = check(bundle, driver, report, f"cuda:{options.device}" if real else "cpu", options.only)
    if real:
        torch.cuda.set_device(options.device)
        if "linear" in parts:
            linear(bundle, driver, report, options)
        if "bandwidth" in parts:
            bandwidth(bundle, driver, report, options)
        if "steps" in parts:
            import steps

            steps.compare(bundle, report, options)
    elif set(parts) - {"check"}:
        print("\nPyTorch sees no GPU: nothing is timed.")
    print(f"\nwritten to {report.write(options.results)}")
    sys.exit(not right)


if __name__ == "__main__":
    main()
