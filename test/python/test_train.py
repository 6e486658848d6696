# test_train.py - examples/train.py on small data sets made here, in both backends
"""One script for five families: what it leaves behind, and what it says of bad input."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = ["a", "man", "two", "dogs", "run", "over", "the", "green", "field", "with", "red", "ball", "and", "child"]


def images(path, rows, seed):
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    generator = np.random.default_rng(seed)
    with tarfile.open(path, "w:gz") as tar:
        for row in range(rows):
            label = row % 10
            pixels = np.clip(generator.normal(25 * label, 20, (32, 32, 3)), 0, 255).astype(np.uint8)
            stream = io.BytesIO()
            image.fromarray(pixels).save(stream, "JPEG")
            entry = tarfile.TarInfo(f"class{label}/{row:04}.jpg")
            entry.size = len(stream.getvalue())
            tar.addfile(entry, io.BytesIO(stream.getvalue()))


def sentences(rows, seed):
    generator = np.random.default_rng(seed)
    return [" ".join(generator.choice(WORDS, generator.integers(3, 9))) for _ in range(rows)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    for name in ("cifar10-jpeg", "sst2", "multi30k"):
        (root / name).mkdir()
    images(root / "cifar10-jpeg" / "train.tar.gz", 80, 0)
    images(root / "cifar10-jpeg" / "test.tar.gz", 20, 1)
    for name, rows in (("train", 96), ("dev", 16)):
        lines = [f"{row % 2}\t{sentence}" for row, sentence in enumerate(sentences(rows, 2))]
        (root / "sst2" / f"{name}.tsv.gz").write_bytes(gzip.compress("\n".join(["label\tsentence", *lines, ""]).encode()))
    for name, rows in (("train", 96), ("test_2016_flickr", 8)):
        for language in ("de", "en"):
            (root / "multi30k" / f"{name}.{language}.gz").write_bytes(gzip.compress("\n".join([*sentences(rows, 3), ""]).encode()))
    return root


def train(*arguments, **environment):
    command = [sys.executable, str(ROOT / "examples" / "train.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
    return done.returncode, done.stdout, done.stderr


def test_a_run_and_what_it_leaves(folder, tmp_path):
    options = ["mixer", "--data", folder, "--batch", 16, "--epochs", 2, "--rules", "asa:4", "--json", tmp_path / "run.json"]
    options += ["--log", tmp_path / "log.jsonl", "--cache", os.environ["AUXACT_CACHE_DIR"], "--gradients"]
    code, output, errors = train(*options)
    assert code == 0, errors
    run = json.loads((tmp_path / "run.json").read_text())
    assert run["steps"] == 10 and len(run["losses"]) == 10 and np.all(np.isfinite(run["losses"]))
    assert 0.0 <= run["quality"]["accuracy"] <= 100.0
    assert run["saved_bytes"] > 0 and run["planned_peak_bytes"] > run["saved_bytes"]
    # The arena is reached, and what is beside it (code, the arrays that go in) is little.
    assert 0.5 * run["planned_peak_bytes"] < run["measured_peak_bytes"] < run["planned_peak_bytes"] + 64e6
    assert run["policy"]["blocks.0.mlp_channels.fc2"].startswith("sign")
    assert 0.1 < run["gradients"]["mean"]["cosine"] < 1.0
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == 12
    assert "planned peak" in output and "accuracy" in output


def test_a_run_is_resumed_to_the_same_losses(folder, tmp_path):
    common = ["mixer", "--data", folder, "--batch", 16, "--epochs", 2, "--cache", os.environ["AUXACT_CACHE_DIR"]]
    assert train(*common, "--log", tmp_path / "whole.csv")[0] == 0
    half = [*common, "--checkpoint", tmp_path / "run.aux", "--every", 2, "--log", tmp_path / "log.csv"]
    assert train(*half, "--steps", 7)[0] == 0
    assert train(*half)[0] == 0

    def losses(path):
        return [(step, value) for step, _, _, name, value in (line.split(",") for line in path.read_text().splitlines()) if name == "loss"]

    assert losses(tmp_path / "log.csv") == losses(tmp_path / "whole.csv") and len(losses(tmp_path / "log.csv")) == 10


@pytest.mark.torch
@pytest.mark.parametrize("model", ["resnet18", "vit", "mixer", "bert", "transformer"])
def test_the_twin_has_the_same_losses(folder, tmp_path, model):
    """First steps of both backends from the same values on the same batches; only dropout differs."""
    pytest.importorskip("torch", reason="PyTorch is not installed; `make check-torch` installs it and runs these")
    found = {}
    for backend in ("auxact", "torch"):
        path = tmp_path / f"{backend}.json"
        options = [
            model,
            "--data",
            folder,
            "--batch",
            16,
            "--steps",
            3,
            "--backend",
            backend,
            # A mask that flips where a value is zero but for its rounding changes a gradient by a percent.
            "--torch-dtype",
            "float64",
            "--tests",
            4,
            "--json",
            path,
            "--cache",
            os.environ["AUXACT_CACHE_DIR"],
        ]
        code, _, errors = train(*options)
        assert code == 0, errors
        found[backend] = json.loads(path.read_text())
    tolerance = 0.1 if model in ("bert", "transformer") else 1e-3
    assert found["auxact"]["losses"] == pytest.approx(found["torch"]["losses"], rel=tolerance)
    assert found["torch"]["measured_peak_bytes"] > 0


def test_bad_input_is_said_in_one_line(folder, tmp_path):
    without = {name: value for name, value in os.environ.items() if name != "AUXACT_DATA"}
    done = subprocess.run([sys.executable, str(ROOT / "examples" / "train.py"), "vit"], capture_output=True, text=True, env=without, check=False)
    assert done.returncode == 2 and "give --data, or set AUXACT_DATA" in done.stderr
    for options, message in (
        (["vit", "--data", tmp_path], r"train.tar.gz: cannot be read"),
        (["vit", "--data", folder, "--rules", "asa:9"], "--rules 'asa:9' is none of"),
        (["bert", "--data", folder, "--fraction", "2"], "expected a share in (0, 1]"),
    ):
        code, _, errors = train(*options)
        assert code == 1 and message in errors and "Traceback" not in errors
