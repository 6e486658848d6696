"""Runs the demo and puts its table and picture into README.md, between the demo's markers."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = Path("docs/demo.png")
BEGIN, END = "<!-- demo:begin -->", "<!-- demo:end -->"


def main():
    command = [sys.executable, "examples/digits.py", "--picture", str(PICTURE), *sys.argv[1:]]
    run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    print(run.stdout, end="")

    # The demo ends in: a blank line, what was trained on, a blank line, the table.
    lines = [line.rstrip() for line in run.stdout.splitlines() if not line.startswith("picture:")]
    start = max(number for number, line in enumerate(lines) if "training images" in line)
    table = "\n".join(lines[start:]).strip()

    text = README.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    picture = f"![Training loss by step, and bytes alive over one step, under each rule]({PICTURE})"
    README.write_text(f"{before}{BEGIN}\n```\n{table}\n```\n\n{picture}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
