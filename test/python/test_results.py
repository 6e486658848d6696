# test_results.py - the script that runs the table of trainings, with a training of its own in the place of train.py
"""Resuming, failures, and what the page says of the runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "examples")]

import results  # noqa: E402

import rule_names  # noqa: E402

FAKE = """
import argparse, json, sys
parser = argparse.ArgumentParser()
parser.add_argument("model")
for name in ("rules", "seed", "json", "backend", "optimizer"):
    parser.add_argument("--" + name)
parser.add_argument("--no-progress", action="store_true")
parser.add_argument("--gradients", action="store_true")
options = parser.parse_args()
with open(sys.argv[0] + ".log", "a") as log:
    print(options.model, options.rules, options.seed, options.backend, file=log)
if options.rules == "asa:2":
    sys.exit("the rule | finds no layer")
quality = {"exact": 90.0, "ara:2,2,2,2": 89.5}.get(options.rules, 70.0) + int(options.seed)
run = dict(quality={"accuracy": quality}, metric="accuracy", options={"width": 16}, epochs=2, fraction=0.5, steps=100, batch=8,
    optimizer="sgd", lr=0.1, saved_bytes=1000, planned_peak_bytes=2000, measured_peak_bytes=2100, step_seconds=0.01, compile_seconds=3.0)
if options.gradients:
    run["gradients"] = {"mean": {"cosine": 0.75, "ratio": 0.875}}
json.dump(run, open(options.json, "w"))
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "fake.py"
    path.write_text(FAKE)

    def run(*arguments):
        command = [sys.executable, str(ROOT / "scripts" / "results.py"), "--script", str(path), "--folder", str(tmp_path / "runs")]
        command += ["--page", str(tmp_path / "Results.md"), "--only", "resnet18", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env={"AUXACT_DATA": "/nowhere", "PATH": ""}, check=False)
        log = Path(f"{path}.log")
        return done, log.read_text().splitlines() if log.exists() else []

    return run


def test_the_table_is_run_once(script, tmp_path):
    done, log = script()
    assert done.returncode == 1 and "1 runs failed: resnet18-asa2-seed0" in done.stdout
    expected = [(row, seed) for row in results.ROWS if row.model == "resnet18" for seed in range(row.seeds)]
    assert len(log) == len(expected) and log[0] == "resnet18 exact 0 auxact"
    # Every row has its first seed before any has its second.
    assert [line.split()[2] for line in log] == sorted(line.split()[2] for line in log)
    page = (tmp_path / "Results.md").read_text()
    assert "| `exact` | 91.00 ± 1.00 (3 seeds) |  | 1,000 | 2,000 | 2,100 | 10.0 | 3.0 |  |  |" in page
    assert "| `ara:2,2,2,2` | 90.50 ± 1.00 (3 seeds) | -0.50 | 1,000 | 2,000 | 2,100 | 10.0 | 3.0 | 0.750 | 0.875 |" in page
    assert "| `asa:2` | the rule \\| finds no layer |" in page
    assert "`ara:2,2,2,2` may be 1.0 below exact; it is at -0.50: reached." in page
    assert "| `exact` (PyTorch) | 90.00 (1 seed) | -1.00 |" in page
    # What is done is not run again; what failed is.
    done, again = script()
    assert done.returncode == 1 and again[len(log) :] == ["resnet18 asa:2 0 auxact"]
    (tmp_path / "runs" / "resnet18-exact-seed1.json").unlink()
    assert script("--list")[0].stdout.count("to do") == 2
    assert script()[1][-1] == "resnet18 exact 1 auxact" or script()[1][-2] == "resnet18 exact 1 auxact"


def test_the_page_is_written_without_runs(script, tmp_path):
    done, log = script("--write")
    assert done.returncode == 0 and not log
    page = (tmp_path / "Results.md").read_text()
    assert page.count("not run yet") == len(results.ROWS) and "not known yet" in page


def test_a_missed_mark_is_named(tmp_path):
    run = {"metric": "accuracy", "quality": {"accuracy": 60.0}}
    (tmp_path / "vit-exact-seed0.json").write_text(json.dumps(run))
    for rules, accuracy in (("asa4", 56.9), ("center-rotate4", 59.6), ("control4", 59.0)):
        (tmp_path / f"vit-{rules}-seed0.json").write_text(json.dumps({**run, "quality": {"accuracy": accuracy}}))
    said = "\n".join(results.verdicts("vit", tmp_path))
    assert "`asa:4` may be 3.0 below exact; it is at -3.10: **missed**." in said
    assert "`center-rotate:4` may be 0.5 below exact; it is at -0.40: reached." in said
    assert "negative control, is 1.00 below exact: **it does not fail**." in said


@pytest.mark.parametrize("row", results.ROWS, ids=lambda row: row.name(0))
def test_every_rule_of_the_table_has_a_meaning(row):
    rules = rule_names.parse(row.rules, row.model)
    assert bool(rules) == (row.rules != "exact")


@pytest.mark.parametrize("text", ["", "asa", "asa:5", "asa:x", "ara:", "sign:4", "exact+asa:4", "asa:4+exact", "quantized:3"])
def test_wrong_rules(text):
    with pytest.raises(ValueError, match="none of"):
        rule_names.parse(text, "vit")
