"""Compiles kernels for a GPU and hands them out to be called on the executor."""

import json
import subprocess
import tempfile
from pathlib import Path

from simt_device import DeviceKernel


def compile_kernels(device, compiler, target, text):
    """Compiles every kernel function in `text`; returns them by name."""
    with tempfile.TemporaryDirectory() as directory:
        command = [compiler, f"--target={target}", "--images=nvvm", "-o", directory]
        run = subprocess.run(command, input=text, text=True, capture_output=True, check=False)
        if run.returncode:
            raise RuntimeError(run.stderr)
        described = json.loads(Path(directory, "kernels.json").read_text())
        return {
            name: DeviceKernel(device, name, Path(directory, f"{name}.nvvm").read_bytes(), kernel["grids"], kernel["workspace_bytes"], kernel["seconds"])
            for name, kernel in described.items()
        }
