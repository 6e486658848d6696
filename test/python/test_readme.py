# test_readme.py - what README shows works as it stands
"""The Python of README.md is run, and its rules file is read."""

import re
from pathlib import Path

import numpy as np
import pytest

README = Path(__file__).resolve().parents[2] / "README.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("code", blocks("python"))
def test_python_runs(code, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((16, 784), dtype=np.float32)
    y = rng.integers(0, 10, 16).astype(np.int32)
    names = {"x": x, "y": y, "batches": [(x, y)] * 2}
    exec(compile(code, str(README), "exec"), names)
    assert (tmp_path / "run.auxact").exists()
    assert np.isfinite(names["loss"])
