# test_gpu_gates.py - the gates on every kernel of the example models' steps
"""Machine code of whole programs: each rule, each precision, every chip; no GPU takes part."""

import subprocess
import sys
from pathlib import Path

import auxact._auxact
import numpy as np
import pytest

import auxact as aa
from auxact import compiling

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples"))

import residual_perceptron

BUILD = Path(auxact._auxact.__file__).parents[2]
GATES = BUILD / "bin/auxact-check-cubins"

RULES = {
    "exact": aa.rules.exact(),
    "sign": [("0", aa.rules.exact()), ("*", aa.rules.asa())],
    "center": [("0", aa.rules.exact()), ("*", aa.rules.center())],
    "residual": residual_perceptron.RULES["ARA"],
}
# (features, width, inner, classes, rows): the digits example, and MNIST's.
MODELS = {"digits": (64, 64, 128, 10, 64), "mnist": (784, 256, 512, 10, 256)}
PRECISIONS = ("float32", "tf32", "bfloat16")


def has_ptxas():
    return GATES.exists() and "ptxas /" in subprocess.run([GATES, "--find-toolkit"], capture_output=True, text=True, check=False).stdout


def kernels_of(model, rule, precision, folder):
    """The kernels of a training step, in a file."""
    features, width, inner, classes, rows = MODELS[model]
    x, y = np.zeros((rows, features), np.float32), np.zeros(rows, np.int32)
    network = residual_perceptron.network(features, width, inner, classes)
    text, _, _, layers = compiling._traced(network, (x, y), "cross_entropy")
    source, rules, path = (folder / f"{model}-{rule}-{precision}.{kind}" for kind in ("model", "rules", "mlir"))
    source.write_text(text)
    rules.write_text(aa.rules.text(RULES[rule], layers))
    options = f"loss=cross_entropy optimizer=sgd momentum=0.9 rules-file={rules} precision={precision} stop-after=kernels"
    subprocess.run([BUILD / "bin/aux-opt", source, f"--auxact-train-pipeline={options}", "-o", path], check=True)
    return path


@pytest.mark.skipif(not has_ptxas(), reason="no ptxas, or the gates are not built")
@pytest.mark.timeout(600)
def test_every_kernel_of_the_examples(tmp_path):
    # Every rule in every precision for one model, the sign rule for the other.
    steps = [(model, rule, precision) for model in MODELS for rule in RULES for precision in PRECISIONS if model == "digits" or rule == "sign"]
    files = [kernels_of(*step, tmp_path) for step in steps]
    # Beside the tables of the lit tests, which scripts/run.sh prints.
    table = BUILD / "test/Codegen/GPU/Output/example-models.table"
    table.parent.mkdir(parents=True, exist_ok=True)
    run = subprocess.run([GATES, f"--table={table}", *files], capture_output=True, text=True, check=False)
    print(run.stdout)
    assert run.returncode == 0, run.stderr
