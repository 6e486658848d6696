"""Whole training steps: ours by the runner, PyTorch's in this process; times and peak memory."""

import ctypes
import re
import struct
import subprocess
import tempfile
import zipfile
from pathlib import Path

import rivals
import timing
import torch


def write_npz(path, arrays):
    """Arrays by name, as NumPy would store them; {name: (type, shape, bytes)}, without NumPy."""
    with zipfile.ZipFile(path, "w") as file:
        for name, (dtype, shape, data) in arrays.items():
            header = repr({"descr": dtype, "fortran_order": False, "shape": tuple(shape)}).encode()
            header += b" " * (-(len(header) + 11) % 64) + b"\n"
            file.writestr(f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data)


def raw(values):
    """The bytes of a tensor on the host."""
    return ctypes.string_at(values.contiguous().data_ptr(), values.nbytes)


def batches(step, count=4):
    """The same random data for all: inputs and labels."""
    generator = torch.Generator().manual_seed(11)
    rows = count * step["batch"]
    return torch.randn((rows, step["width"]), generator=generator), torch.randint(step["classes"], (rows,), generator=generator)


def read_runner(text):
    """What auxact-run-bundle printed: loss of the last step, seconds of one, bytes planned and allocated."""
    patterns = {
        "loss": r"loss (\S+)\n(?!step)",
        "milliseconds": r"time of a step: median (\S+) ms",
        "planned": r"planned (\d+)",
        "allocated": r"allocated (\d+)",
    }
    found = {}
    for name, pattern in patterns.items():
        match = re.search(pattern, text)
        if match is None:
            raise ValueError(f"auxact-run-bundle printed no {name}:\n{text}")
        found[name] = float(match[1])
    return found


def ours(bundle, step, steps, folder, device=0):
    """Runs the step's bundle in a process of its own."""
    x, y = batches(step)
    path = folder / "data.npz"
    names = step["inputs"]
    write_npz(path, {names[0]: ("<f4", x.shape, raw(x)), names[1]: ("<i4", y.shape, raw(y.int()))})
    command = [str(bundle.runner), str(bundle.folder / step["file"]), "--data", str(path), "--steps", str(steps)]
    command += ["--lr", str(step["rate"]), "--device", str(device)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    path.unlink()
    if run.returncode:
        raise RuntimeError(f"{step['name']}: {run.stderr.strip()}")
    return read_runner(run.stdout)


def theirs(way, step, rounds):
    """Milliseconds of PyTorch's step under graph replay, and its peak memory in bytes."""
    torch.cuda.empty_cache()
    torch.manual_seed(0)
    x, y = (values[: step["batch"]].cuda() for values in batches(step))
    model = rivals.Perceptron(step["width"], step["layers"], step["classes"]).cuda()
    rival = rivals.Rival(way, model, x, y, step["precision"], step["rate"], step["momentum"])
    for _ in range(3):
        rival.step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    loss = rival.step().item()
    peak = torch.cuda.max_memory_allocated()
    seconds = timing.medians({"step": timing.pytorch(rival.step, 1)}, rounds)["step"]
    return {"loss": loss, "milliseconds": 1e3 * seconds, "peak": peak}


def compare(bundle, report, options):
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for step in bundle.steps:
            found = ours(bundle, step, options.steps, Path(folder), options.device)
            over = found["allocated"] / found["planned"] - 1
            rows.append([step["name"], found["milliseconds"], found["planned"] / 1e6, found["allocated"] / 1e6, f"{100 * over:+.2f} %", found["loss"]])
    for precision in dict.fromkeys(step["precision"] for step in bundle.steps):
        step = next(step for step in bundle.steps if step["precision"] == precision)
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        for way in rivals.RIVALS:
            found = theirs(way, step, options.rounds)
            rows.append([f"PyTorch {way}, {precision}", found["milliseconds"], "", found["peak"] / 1e6, "", found["loss"]])
    note = "Memory of PyTorch is its allocator's peak. Goals: the sign rule's step takes no longer than the exact one; peak within 1 % of the plan."
    report.table("Training steps", ["step", "ms", "planned MB", "measured MB", "over the plan", "loss"], rows, note)
