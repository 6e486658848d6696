"""Looks over the tracked sources for what no compiler or test notices.

Each fault is one line `file:line: what is wrong`; the exit status is 1 if there is any.
"""

import re
import subprocess
import sys
from pathlib import Path

# Text that must not appear, where, and why. `rewriter.create<` and its kin are
# deprecated upstream in favour of `Op::create(rewriter, ...)`.
FORBIDDEN = [
    (r"\b(\w*[bB]uilder|\w*[rR]ewriter|b)\.create<", (".cpp", ".h"), "deprecated; write Op::create(builder, ...)"),
    (r"let constructor\b", (".td",), "passes use the generated create functions"),
    (r"#include <(mlir|llvm)/", (".cpp", ".h"), "LLVM and MLIR headers are included with quotes"),
    (r"\b(TODO|FIXME|XXX)\b", (".cpp", ".h", ".td", ".py", ".mlir", ".sh"), "a left-over mark"),
]
LINE_LIMIT = 600


def tracked_files():
    names = subprocess.run(["git", "ls-files"], check=True, capture_output=True, text=True).stdout
    return [Path(name) for name in names.splitlines() if Path(name).is_file()]


def faults_of_lit_test(path, text):
    """A lit test whose expectations nobody reads passes whatever the compiler does."""
    runs = "\n".join(re.findall(r"RUN:(.*)", text))
    if not runs:
        return
    if re.search(r"^\s*(//|#)?\s*CHECK(-\w+)?:", text, re.M) and "FileCheck" not in runs:
        yield "has CHECK lines, but no RUN line pipes to FileCheck"
    if re.search(r"expected-(error|warning|note|remark)", text) and "verify-diagnostics" not in runs:
        yield "has expected diagnostics, but no RUN line verifies them"
    for prefix in re.findall(r"--?check-prefix(?:es)?[= ]([\w,-]+)", runs):
        for name in prefix.split(","):
            if not re.search(rf"{name}(-\w+)?:", text):
                yield f"check prefix {name} has no line in the file"
    if "FileCheck" in runs and not re.search(r"^\s*(//|#)?\s*[A-Z][\w-]*(?<!RUN):", text, re.M):
        yield "pipes to FileCheck, but has no check line"


def faults(path):
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return
    lines = text.split("\n")
    if path != Path("scripts/check_sources.py"):
        for pattern, suffixes, reason in FORBIDDEN:
            if path.suffix in suffixes:
                for number, line in enumerate(lines, 1):
                    if re.search(pattern, line):
                        yield number, f"`{line.strip()[:60]}`: {reason}"
    if path.suffix in (".cpp", ".h", ".td", ".py") and len(lines) > LINE_LIMIT:
        yield len(lines), f"{len(lines)} lines; the limit is {LINE_LIMIT}"
    if path.suffix in (".cpp", ".h", ".td") and not lines[0].startswith("//"):
        yield 1, "the file does not open with a banner comment that says what it is for"
    if path.parts[0] == "test" and path.suffix in (".mlir", ".test"):
        for fault in faults_of_lit_test(path, text):
            yield 1, fault


def faults_of_coverage(paths):
    """Every operation has a round trip and an invalid file; every pass is run by a lit test."""
    runs = "\n".join(line for path in paths if path.parts[0] == "test" and path.suffix == ".mlir" for line in re.findall(r"RUN:(.*)", path.read_text()))
    for path in paths:
        if path.suffix != ".td":
            continue
        for number, line in enumerate(path.read_text().split("\n"), 1):
            if operation := re.search(r': AuxAct_Op<"(\w+)"', line):
                for suffix in ("", "-invalid"):
                    test = Path(f"test/Dialect/AuxAct/{operation[1]}{suffix}.mlir")
                    if not test.exists():
                        yield f"{path}:{number}: the operation {operation[1]} has no test {test}"
            if (a_pass := re.search(r'\w*Pass<"([\w-]+)"', line)) and not re.search(rf"{a_pass[1]}(?![\w-])", runs):
                yield f"{path}:{number}: no lit test runs the pass -{a_pass[1]}"


def main():
    paths = tracked_files()
    found = [f"{path}:{number}: {what}" for path in paths for number, what in faults(path)]
    found += faults_of_coverage(paths)
    print("\n".join(found) if found else "no fault found")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
