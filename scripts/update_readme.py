"""Puts what the program prints into README.md: the demo's table and picture, a memory report, remarks.

Each part stands between `<!-- name:begin -->` and `<!-- name:end -->` and comes from a run.
"""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PICTURE = Path("docs/demo.png")


def demo(arguments):
    """The demo ends in: a blank line, what was trained on, a blank line, the table."""
    command = [sys.executable, "examples/digits.py", "--picture", str(PICTURE), *arguments]
    run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    print(run.stdout, end="")
    lines = [line.rstrip() for line in run.stdout.splitlines() if not line.startswith("picture:")]
    start = max(number for number, line in enumerate(lines) if "training images" in line)
    picture = f"![Training loss by step, and bytes alive over one step, under each rule]({PICTURE})"
    return "\n".join(lines[start:]), picture


def report(text):
    """What README's own Python prints; it needs `x`, `y` and `batches`."""
    import numpy as np

    code = re.search(r"^```python\n(.*?)^```", text, re.M | re.S)[1]
    code = code[: code.index("for x, y in batches")]
    rng = np.random.default_rng(0)
    names = {"x": rng.standard_normal((256, 784), dtype=np.float32), "y": rng.integers(0, 10, 256).astype(np.int32)}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, names)
    return printed.getvalue()


def remarks(text):
    """The first remarks of README's own command."""
    command = re.search(r"^```sh\n(build/bin/aux-opt.*?)^```", text, re.M | re.S)[1].replace("-o plan.mlir", "-o /dev/null").replace("\n", " ")
    run = subprocess.run(command, cwd=ROOT, check=True, shell=True, stderr=subprocess.PIPE, text=True)
    found = [line for line in run.stderr.splitlines() if ": remark: " in line]
    return "\n".join(found[:3])


def insert(text, name, output, after=""):
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    before, rest = text.split(begin)
    return f"{before}{begin}\n```\n{output.strip()}\n```\n{after}{end}{rest.split(end)[1]}"


def main():
    text = README.read_text(encoding="utf-8")
    table, picture = demo(sys.argv[1:])
    text = insert(text, "demo", table, f"\n{picture}\n")
    text = insert(text, "report", report(text))
    text = insert(text, "remarks", remarks(text))
    README.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
