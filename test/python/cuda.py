# cuda.py - the driver that runs kernels for a GPU on the CPU, for tests
#
# The executor is a CUDA driver to the runtime, which opens it in place of libcuda.so.1.
"""Where the executor is, and programs for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import auxact._auxact
import numpy as np
import pytest

import auxact as aa
from reference import Layers, Rule
from support import build, data, program_rule

BUILD = Path(auxact._auxact.__file__).resolve().parents[2]
DRIVER = BUILD / "lib" / "libauxact-simt-cuda.so"
TARGET = "cuda:sm_90a"


def require_driver() -> None:
    """Puts the executor in the place of the driver; skips the module where it was not built."""
    if not DRIVER.exists():
        pytest.skip("the executor was not built", allow_module_level=True)
    os.environ["AUXACT_CUDA_DRIVER"] = str(DRIVER)


def compiled(
    target: str,
    layers: Layers,
    features: int,
    rows: int,
    rules: list[tuple[str, Rule]],
    loss: str = "cross_entropy",
    **options: Any,
) -> tuple[aa.Program, np.ndarray, np.ndarray]:
    """A program, an input and a target of a description; kernels in the form that the executor runs."""
    x, y = data(layers, features, rows, loss, 0)
    named = [(pattern, program_rule(rule)) for pattern, rule in rules]
    options.setdefault("images", ["nvvm"])
    return aa.compile(build(layers, features), (x, y), loss=loss, rules=named, target=target, **options), x, y


def run_elsewhere(code: str, **environment: str) -> str:
    """What a Python process of its own prints; the driver is chosen once a process."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(BUILD / "python"), str(Path(__file__).parent)]), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout
