"""Writes the PTX that a module of -auxact-gpu-pipeline holds, one file for each kernel.

extract_ptx.py <directory> < module.mlir; prints the files' names.
"""

import re
import sys


def unescaped(text):
    return re.sub(r"\\([0-9A-F]{2}|.)", lambda m: chr(int(m[1], 16)) if len(m[1]) == 2 else m[1], text).rstrip("\0")


directory = sys.argv[1]
for name, text in re.findall(r'gpu\.binary @(\w+) .*?assembly = "((?:[^"\\]|\\.)*)"', sys.stdin.read()):
    path = f"{directory}/{name}.ptx"
    with open(path, "w") as file:
        file.write(unescaped(text))
    print(path)
