#!/usr/bin/env python3
# results.py - runs the table of trainings and writes docs/Results.md from what they left
"""Every row of docs/Results.md, one run of examples/train.py after the other, unattended::

    AUXACT_DATA=… PYTHONPATH=build/python scripts/results.py

The whole table takes about seven hours on two cores. A run that has left its JSON in docs/results/ is not repeated, so
that the script can be stopped and started again; one that failed is tried anew. The page is written after every run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TITLES = {
    "resnet18": "ResNet-18, CIFAR-10",
    "vit": "Vision transformer, CIFAR-10",
    "mixer": "MLP-Mixer, CIFAR-10",
    "bert": "BERT-style encoder, SST-2",
    "transformer": "Transformer, Multi30k German to English",
}


@dataclass(frozen=True)
class Row:
    """One row of a table: a training under several seeds.

    Attributes:
        within: points below exact's mean that the row may be at most; ``None``: no mark is set.
        fails: the row must be far below exact: a negative control.
    """

    model: str
    rules: str
    seeds: int = 1
    optimizer: str = ""
    backend: str = "auxact"
    within: float | None = None
    fails: bool = False

    def name(self, seed: int) -> str:
        """Of the run's files."""
        rules = self.rules.replace(":", "").replace(",", "").replace("+", "-")
        parts = [self.model, rules, self.optimizer, "torch" if self.backend == "torch" else "", f"seed{seed}"]
        return "-".join(part for part in parts if part)


def _levels(model: str, paper: float) -> list[Row]:
    """The rows that ViT and Mixer share."""
    return [
        Row(model, "exact", 3),
        *(Row(model, f"asa:{level}") for level in (1, 2, 3)),
        Row(model, "asa:4", 3, within=paper),
        Row(model, "mean-abs:4"),
        Row(model, "center:4"),
        Row(model, "center-rotate:4", 3, within=0.5),
        Row(model, "rotate2:4"),
        Row(model, "asa:4+quantized:4"),
        Row(model, "recompute"),
        Row(model, "control:4", fails=True),
        Row(model, "exact", backend="torch"),
    ]


ROWS = [
    Row("resnet18", "exact", 3),
    Row("resnet18", "ara:2,2,2,2", 3, within=1.0),
    Row("resnet18", "ara:2,2,2,2+quantized:4", 3),
    Row("resnet18", "asa:2"),
    Row("resnet18", "recompute"),
    Row("resnet18", "exact", backend="torch"),
    *_levels("vit", paper=3.0),
    *(Row("vit", rules, optimizer="sgd") for rules in ("exact", "asa:4", "center-rotate:4")),
    *_levels("mixer", paper=2.0),
    Row("bert", "exact", 3),
    Row("bert", "asa:4", 3, within=1.5),
    Row("bert", "center:4"),
    Row("bert", "center-rotate:4", 3, within=0.5),
    Row("bert", "asa:4+quantized:4"),
    Row("bert", "recompute"),
    Row("bert", "exact", backend="torch"),
    Row("transformer", "exact", 3),
    Row("transformer", "asa:4", 3, within=1.0),
    Row("transformer", "center-rotate:4", 3, within=0.3),
    Row("transformer", "recompute"),
    Row("transformer", "exact", 3, backend="torch"),
]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", metavar="TEXT", help="only runs whose name contains this; may be repeated")
    parser.add_argument("--list", action="store_true", help="print the runs and whether they are done")
    parser.add_argument("--write", action="store_true", help="run nothing, only write the page")
    parser.add_argument("--folder", type=Path, default=ROOT / "docs" / "results", help="where each run's JSON goes")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "Results.md")
    parser.add_argument("--script", type=Path, default=ROOT / "examples" / "train.py", help="what runs one training")
    parser.add_argument("train", nargs="*", help="more arguments of train.py, behind --, for instance -- --fraction 0.1")
    return parser.parse_args()


def runs(only: Iterable[str] | None) -> list[tuple[Row, int]]:
    """First seeds first, so that an unfinished table has every row."""
    chosen = [(row, seed) for row in ROWS for seed in range(row.seeds) if not only or any(text in row.name(seed) for text in only)]
    return sorted(chosen, key=lambda run: run[1])


def execute(row: Row, seed: int, options: argparse.Namespace) -> None:
    """One training; leaves its JSON, or what it said before it failed."""
    path = options.folder / f"{row.name(seed)}.json"
    command = [sys.executable, str(options.script), row.model, "--rules", row.rules, "--seed", str(seed), "--json", str(path), "--no-progress"]
    command += ["--backend", row.backend, *(["--optimizer", row.optimizer] if row.optimizer else []), *options.train]
    if row.backend == "auxact" and row.rules not in ("exact", "recompute"):
        command.append("--gradients")
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    failed = path.with_suffix(".failed")
    failed.unlink(missing_ok=True)
    print(done.stdout.rstrip(), flush=True)
    if done.returncode != 0 or not path.exists():
        path.unlink(missing_ok=True)
        failed.write_text(done.stdout[-4000:], encoding="utf-8")


def load(row: Row, folder: Path) -> list[dict[str, Any]]:
    """The runs of a row that are done."""
    paths = (folder / f"{row.name(seed)}.json" for seed in range(row.seeds))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths if path.exists()]


def quality(found: list[dict[str, Any]]) -> tuple[float, float]:
    """Mean and deviation over seeds; the deviation of one is unknown."""
    values = [run["quality"][run["metric"]] for run in found]
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1)) if len(values) > 1 else math.nan
    return mean, spread


def cells(row: Row, folder: Path, exact: float | None) -> list[str]:
    """A row of the page."""
    label = f"`{row.rules}`" + (f", {row.optimizer}" if row.optimizer else "") + (" (PyTorch)" if row.backend == "torch" else "")
    found = load(row, folder)
    if not found:
        failed = folder / f"{row.name(0)}.failed"
        reason = (failed.read_text(encoding="utf-8").strip().splitlines() or ["no output"])[-1] if failed.exists() else "not run yet"
        return [label, reason.replace("|", "\\|")[:160], *[""] * 8]
    mean, spread = quality(found)
    middle = found[0]

    def size(key: str) -> str:
        return f"{middle[key]:,}" if middle.get(key) else "–"

    def median(key: str) -> float:
        return sorted(run[key] for run in found)[len(found) // 2]

    gap = mean - exact if exact is not None and (row.rules, row.backend) != ("exact", "auxact") else None
    means = middle.get("gradients", {}).get("mean", {})
    return [
        label,
        f"{mean:.2f}" + (f" ± {spread:.2f} ({len(found)} seeds)" if len(found) > 1 else " (1 seed)"),
        "" if gap is None else f"{gap:+.2f}",
        size("saved_bytes"),
        size("planned_peak_bytes"),
        size("measured_peak_bytes"),
        f"{1e3 * median('step_seconds'):.1f}",
        f"{median('compile_seconds'):.1f}" if row.backend == "auxact" else "–",
        f"{means['cosine']:.3f}" if means else "",
        f"{means['ratio']:.3f}" if means else "",
    ]


def verdicts(model: str, folder: Path) -> list[str]:
    """What the issue asks of the family, and whether it holds."""
    lines = []
    for row in ROWS:
        if row.model != model or (row.within is None and not row.fails):
            continue
        reference = load(Row(model, "exact", 3, row.optimizer), folder)
        found = load(row, folder)
        if not reference or not found:
            lines.append(f"- `{row.rules}`: not known yet.")
            continue
        gap = quality(found)[0] - quality(reference)[0]
        if row.fails:
            lines.append(
                f"- `{row.rules}`, the negative control, is {-gap:.2f} below exact: " + ("it fails, as it must." if gap < -5.0 else "**it does not fail**.")
            )
        else:
            assert row.within is not None
            lines.append(f"- `{row.rules}` may be {row.within} below exact; it is at {gap:+.2f}: " + ("reached." if gap >= -row.within else "**missed**."))
    return lines


def page(folder: Path) -> str:
    """docs/Results.md."""
    text = [
        "# Trainings on real data",
        "",
        "Written by `scripts/results.py` from the runs in `docs/results/`; each one's JSON has the policy layer by layer and",
        "the losses. Quality is accuracy in % or BLEU on the test set, the mean over seeds ± their standard deviation. Saved bytes and",
        "planned peak are the compiler's, before anything ran; the measured peak is by how much a process grows that loads the",
        "program and takes three steps (PyTorch's: that takes its first three). Step times are medians, in milliseconds; compile",
        "times, in seconds, are from an empty cache. Cosine and ratio compare the rule's weight gradients Ĝ with exact ones G at the",
        "trained parameters, as means over the layers that the rule changes: cos(Ĝ, G), and ⟨Ĝ, G⟩/‖G‖².",
        "",
    ]
    for model, title in TITLES.items():
        rows = [row for row in ROWS if row.model == model]
        done = [run for row in rows for run in load(row, folder)]
        text += [f"## {title}", ""]
        if done:
            run = done[0]
            network = ", ".join(f"{name} {value}" for name, value in run["options"].items())
            text += [
                f"{network}; {run['epochs']} epochs of {run['fraction']:.0%} of the training set, {run['steps']} steps of {run['batch']},"
                f" {run['optimizer']}, highest rate {run['lr']}; metric: {run['metric']}.",
                "",
            ]
        text += [
            "| rules | quality | to exact | saved bytes | planned peak | measured peak | step, ms | compile, s | cosine | ratio |",
            "|---|---|---|---|---|---|---|---|---|---|",
        ]
        for row in rows:
            reference = load(Row(model, "exact", 3, row.optimizer), folder)
            text.append("| " + " | ".join(cells(row, folder, quality(reference)[0] if reference else None)) + " |")
        text += ["", *verdicts(model, folder), ""]
    findings = folder / "findings.md"
    if findings.exists():
        text += [findings.read_text(encoding="utf-8").rstrip(), ""]
    return "\n".join(text)


def main() -> int:
    options = arguments()
    chosen = runs(options.only)
    todo = [(row, seed) for row, seed in chosen if not (options.folder / f"{row.name(seed)}.json").exists()]
    if options.list:
        for row, seed in chosen:
            print(f"{'to do' if (row, seed) in todo else 'done ':5} {row.name(seed)}")
        return 0
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.write:
        if "AUXACT_DATA" not in os.environ:
            print("results.py: AUXACT_DATA is not set; it names the folder of cifar10-jpeg/, sst2/ and multi30k/")
            return 2
        print(f"{len(todo)} of {len(chosen)} runs to do, on {platform.processor() or platform.machine()}, {os.cpu_count()} processors", flush=True)
        for number, (row, seed) in enumerate(todo, 1):
            print(f"\n[{number}/{len(todo)}] {row.name(seed)}", flush=True)
            execute(row, seed, options)
            options.page.write_text(page(options.folder), encoding="utf-8")
    options.page.write_text(page(options.folder), encoding="utf-8")
    failed = [path.stem for path in sorted(options.folder.glob("*.failed"))]
    if failed:
        print(f"results.py: {len(failed)} runs failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
