"""The program given needs no library but glibc's, and states the glibc that its symbols need."""

import re
import subprocess
import sys

program = sys.argv[1]


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


glibc = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}
needed = set(re.findall(r"NEEDED.*\[(.*)\]", output("readelf", "--dynamic", program)))
assert needed and needed <= glibc, f"needs {sorted(needed - glibc)}"
versions = re.findall(r"Name: GLIBC_(\d+)\.(\d+)", output("readelf", "--version-info", program))
newest = max((int(major), int(minor)) for major, minor in versions)
stated = re.search(r"glibc (\d+)\.(\d+)", output(program, "--version"))
assert stated and tuple(map(int, stated.groups())) == newest, f"states {stated and stated[0]}, needs {newest}"
