"""A training step of a perceptron against PyTorch's eager step, exact and sign in one run.

    PYTHONPATH=build/python benchmarks/step.py --threads 1,2

Four linear layers of width 1024, relu between them, batch 512, cross-entropy, SGD. The
ratio is (time of ours) / (time of PyTorch), less is better; medians of interleaved rounds.
"""

import argparse
import statistics

import timing

timing.share_openmp()

import numpy as np  # noqa: E402
import torch  # noqa: E402

import auxact as aa  # noqa: E402


def eager_step(width, batch, x, y, momentum):
    layers = [torch.nn.Linear(width, width) if i % 2 == 0 else torch.nn.ReLU() for i in range(7)]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=momentum)
    x, y = torch.from_numpy(x), torch.from_numpy(y).long()

    def step():
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def compiled_step(width, x, y, rules, threads, momentum):
    layers = [aa.nn.Linear(width, width) if i % 2 == 0 else aa.nn.ReLU() for i in range(7)]
    optimizer = aa.optim.SGD(lr=0.01, momentum=momentum)
    program = aa.compile(aa.nn.Sequential(*layers), example_inputs=(x, y), loss="cross_entropy", optimizer=optimizer, rules=rules, threads=threads)
    return lambda: program.step(x, y)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--momentum", type=float, default=0.0)
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument(
        "--clock",
        choices=list(timing.CLOCKS),
        default="wall",
        help="cpu: processor time of all threads, for busy machines; waiting for each other is not counted",
    )
    options = parser.parse_args()
    clock = timing.CLOCKS[options.clock]
    generator = np.random.default_rng(0)
    x = generator.standard_normal((options.batch, options.width)).astype(np.float32)
    y = generator.integers(0, options.width, options.batch).astype(np.int32)
    print(f"# {timing.machine()}; width {options.width}, batch {options.batch}; {options.clock} time, medians of {options.rounds} interleaved rounds\n")
    print("| threads | exact / PyTorch | sign / PyTorch | PyTorch ms | exact ms | sign ms |\n|---|---|---|---|---|---|")
    for threads in map(int, options.threads.split(",")):
        torch.set_num_threads(threads)
        exact_step = compiled_step(options.width, x, y, aa.rules.exact(), threads, options.momentum)
        sign_step = compiled_step(options.width, x, y, aa.rules.asa(), threads, options.momentum)
        functions = {"torch": eager_step(options.width, options.batch, x, y, options.momentum), "exact": exact_step, "sign": sign_step}
        times = timing.interleaved(functions, options.rounds, clock=clock)
        milliseconds = [f"{1e3 * statistics.median(times[name]):.1f}" for name in functions]
        print(
            f"| {threads} | {timing.ratio(times, 'exact', 'torch'):.3f} | {timing.ratio(times, 'sign', 'torch'):.3f} | {' | '.join(milliseconds)} |", flush=True
        )


if __name__ == "__main__":
    main()
