"""Assembles PTX of one instruction each and compares how the gate's reader names what ptxas made of it.

calibrate_opcodes.py --reader=auxact-check-cubins [--codes]

Machine code of NVIDIA's chips is not documented; a new ptxas or a new chip may encode it in another way. This
is how the names of CheckCubins/Opcodes.cpp were found, and it fails as soon as one of them is wrong. With
--codes it prints the nine-bit opcodes that each fragment adds, which is what an entry for a new one needs.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

CHIPS = ("sm_80", "sm_89", "sm_90a")

# Around every fragment: floats in %f1…%f4, integers in %r1…%r8, a shared address
# in %r20, a second global address in %rd3; what %f and %r hold is stored.
FRAME = """.version 8.0
.target sm_80
.address_size 64
.extern .shared .align 1024 .b8 dynamic[];
.visible .entry fragment(.param .u64 p, .param .u64 q) {
.reg .b64 %rd<20>; .reg .b32 %r<80>; .reg .f32 %f<80>; .reg .pred %p<8>; .reg .b16 %h<8>;
ld.param.u64 %rd1,[p]; ld.param.u64 %rd3,[q];
cvta.to.global.u64 %rd1,%rd1; cvta.to.global.u64 %rd3,%rd3;
mov.u32 %r40,%tid.x; mul.wide.u32 %rd2,%r40,64; add.s64 %rd1,%rd1,%rd2; add.s64 %rd3,%rd3,%rd2;
mov.u32 %r20,dynamic; shl.b32 %r41,%r40,6; add.u32 %r20,%r20,%r41;
ld.global.v4.f32 {%f1,%f2,%f3,%f4},[%rd1];
ld.global.v4.u32 {%r1,%r2,%r3,%r4},[%rd1+16]; ld.global.v4.u32 {%r5,%r6,%r7,%r8},[%rd1+32];
FRAGMENT
st.global.v4.f32 [%rd1],{%f1,%f2,%f3,%f4};
st.global.v4.u32 [%rd1+16],{%r1,%r2,%r3,%r4}; st.global.v4.u32 [%rd1+32],{%r5,%r6,%r7,%r8};
ret;}
"""
D = "{%f1,%f2,%f3,%f4}"
A4 = "{%r1,%r2,%r3,%r4}"
# Loaded values must be used, and must not replace what the frame loads.
USE = "xor.b32 %r1,%r1,%r30;"
USE4 = "xor.b32 %r1,%r1,%r30; xor.b32 %r2,%r2,%r31; xor.b32 %r3,%r3,%r32; xor.b32 %r4,%r4,%r33;"
L2, L4 = "{%r30,%r31}", "{%r30,%r31,%r32,%r33}"

# name of the fragment: (PTX, instructions that it must add)
FRAGMENTS = {
    "mma bf16": (f"mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {D},{A4},{{%r5,%r6}},{D};", {"HMMA": 1}),
    "mma tf32": (f"mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {D},{A4},{{%r5,%r6}},{D};", {"HMMA": 1}),
    "mma f16": (f"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {D},{A4},{{%r5,%r6}},{D};", {"HMMA": 1}),
    "fma": ("fma.rn.f32 %f1,%f1,%f2,%f3;", {"FFMA": 1}),
    "fma, constant factor": ("fma.rn.f32 %f1,%f1,0f3fc00000,%f3;", {"FFMA": 1}),
    "fma, constant addend": ("fma.rn.f32 %f1,%f1,%f3,0f3fc00000;", {"FFMA": 1}),
    "add": ("add.f32 %f1,%f1,%f2;", {"FADD": 1}),
    "add constant": ("add.f32 %f1,%f1,0f3fc00000;", {"FADD": 1}),
    "mul": ("mul.f32 %f1,%f1,%f2;", {"FMUL": 1}),
    "mul constant": ("mul.f32 %f1,%f1,0f3fc00000;", {"FMUL": 1}),
    "ex2": ("ex2.approx.ftz.f32 %f1,%f1;", {"MUFU": 1}),
    "rsqrt": ("rsqrt.approx.ftz.f32 %f1,%f1;", {"MUFU": 1}),
    "ldmatrix x1": (f"ldmatrix.sync.aligned.m8n8.x1.shared.b16 {{%r30}},[%r20];{USE}", {"LDSM": 1}),
    "ldmatrix x4": (f"ldmatrix.sync.aligned.m8n8.x4.shared.b16 {L4},[%r20];{USE4}", {"LDSM": 1}),
    "ldmatrix x4 trans": (f"ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {L4},[%r20];{USE4}", {"LDSM": 1}),
    "cp.async 16": ("cp.async.cg.shared.global [%r20],[%rd3],16;", {"LDGSTS.128": 1}),
    "cp.async 16 and zeros": ("cp.async.cg.shared.global [%r20],[%rd3],16,%r1;", {"LDGSTS.128": 1}),
    "cp.async 8": ("cp.async.ca.shared.global [%r20],[%rd3],8;", {"LDGSTS.64": 1}),
    "cp.async 4": ("cp.async.ca.shared.global [%r20],[%rd3],4;", {"LDGSTS.32": 1}),
    "commit": ("cp.async.commit_group;", {"LDGDEPBAR": 1}),
    "wait": ("cp.async.wait_group 1;", {"DEPBAR": 1}),
    "bar.sync": ("bar.sync 0;", {"BAR": 1}),
    "bar.sync of some": ("barrier.sync.aligned 1,64;", {"BAR": 1}),
    "ballot": ("setp.gt.s32 %p1,%r1,0; vote.sync.ballot.b32 %r1,%p1,0xffffffff;", {"VOTE": 1}),
    "any": ("setp.gt.s32 %p1,%r1,0; vote.sync.any.pred %p2,%p1,0xffffffff; selp.b32 %r1,%r2,%r3,%p2;", {"VOTE": 1}),
    "shfl bfly": ("shfl.sync.bfly.b32 %r1,%r1,1,31,-1;", {"SHFL": 1}),
    "shfl idx": ("shfl.sync.idx.b32 %r1,%r1,%r2,31,-1;", {"SHFL": 1}),
    "shfl down": ("shfl.sync.down.b32 %r1,%r1,4,31,-1;", {"SHFL": 1}),
    "ld.global v4": (f"ld.global.v4.u32 {L4},[%rd3];{USE4}", {"LDG.128": 1}),
    "ld.global.nc v4": (f"ld.global.nc.v4.u32 {L4},[%rd3];{USE4}", {"LDG.128": 1}),
    "ld.global v2": (f"ld.global.v2.u32 {L2},[%rd3]; xor.b32 %r1,%r1,%r30; xor.b32 %r2,%r2,%r31;", {"LDG.64": 1}),
    "ld.global": (f"ld.global.u32 %r30,[%rd3];{USE}", {"LDG.32": 1}),
    "ld.global.nc": (f"ld.global.nc.u32 %r30,[%rd3];{USE}", {"LDG.32": 1}),
    "ld.global u16": (f"ld.global.u16 %h1,[%rd3]; cvt.u32.u16 %r30,%h1;{USE}", {"LDG.16": 1}),
    "ld.global s16": (f"ld.global.s16 %r30,[%rd3];{USE}", {"LDG.16": 1}),
    "ld.global u8": (f"ld.global.u8 %r30,[%rd3];{USE}", {"LDG.8": 1}),
    "ld.global s8": (f"ld.global.s8 %r30,[%rd3];{USE}", {"LDG.8": 1}),
    "st.global v4": (f"st.global.v4.u32 [%rd3],{A4};", {"STG.128": 1}),
    "st.global v2": ("st.global.v2.u32 [%rd3],{%r1,%r2};", {"STG.64": 1}),
    "st.global": ("st.global.u32 [%rd3],%r1;", {"STG.32": 1}),
    "st.global 16": ("cvt.u16.u32 %h1,%r1; st.global.u16 [%rd3],%h1;", {"STG.16": 1}),
    "st.global 8": ("st.global.u8 [%rd3],%r1;", {"STG.8": 1}),
    "ld.shared v4": (f"ld.shared.v4.u32 {L4},[%r20];{USE4}", {"LDS.128": 1}),
    "ld.shared v2": (f"ld.shared.v2.u32 {L2},[%r20]; xor.b32 %r1,%r1,%r30; xor.b32 %r2,%r2,%r31;", {"LDS.64": 1}),
    "ld.shared": (f"ld.shared.u32 %r30,[%r20];{USE}", {"LDS.32": 1}),
    "ld.shared u8": (f"ld.shared.u8 %r30,[%r20];{USE}", {"LDS.8": 1}),
    "st.shared v4": (f"st.shared.v4.u32 [%r20],{A4};", {"STS.128": 1}),
    "st.shared v2": ("st.shared.v2.u32 [%r20],{%r1,%r2};", {"STS.64": 1}),
    "st.shared": ("st.shared.u32 [%r20],%r1;", {"STS.32": 1}),
    "st.shared 8": ("st.shared.u8 [%r20],%r1;", {"STS.8": 1}),
    "local memory": (
        ".local .align 16 .b8 own[256]; mov.u64 %rd5,own; cvt.u64.u32 %rd6,%r1; and.b64 %rd6,%rd6,252;"
        "add.s64 %rd5,%rd5,%rd6; st.local.u32 [%rd5],%r2; st.local.u32 [own],%r3; ld.local.u32 %r4,[%rd5];",
        {"STL": 2, "LDL": 1},
    ),
    "atom": ("atom.global.add.u32 %r1,[%rd3],%r2;", {"ATOMG": 1}),
    "red": ("red.global.add.u32 [%rd3],%r2;", {"RED": 1}),
    "red of floats": ("red.global.add.f32 [%rd3],%f2;", {"RED": 1}),
    "atom shared": ("atom.shared.add.u32 %r1,[%r20],%r2;", {"ATOMS": 1}),
}


class Reader:
    def __init__(self, program):
        self.program = program
        self.folder = tempfile.TemporaryDirectory()

    def counts(self, fragment, *options):
        """Instructions by name, for each chip."""
        path = Path(self.folder.name) / "fragment.ptx"
        path.write_text(FRAME.replace("FRAGMENT", fragment))
        run = subprocess.run([self.program, "--count", *options, str(path)], capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(f"{fragment}\n{run.stderr}")
        found = {}
        for line in run.stdout.splitlines():
            chip, rest = line.split(":")
            words = rest.split()
            found[chip] = Counter(dict(zip(words[::2], map(int, words[1::2]), strict=True)))
        return found


def wrong(expected, added):
    """What is amiss with instructions `added`: one too few, or another of the same kind beside it."""
    for name, number in expected.items():
        if added[name] != number:
            return f"{added[name]} {name} instead of {number}"
        stem = name.split(".")[0]
        others = [other for other, count in added.items() if count > 0 and other != name and other.split(".")[0] == stem]
        if others:
            return f"{others[0]} beside {name}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", default="auxact-check-cubins")
    parser.add_argument("--codes", action="store_true", help="print the opcodes that each fragment adds")
    options = parser.parse_args()
    reader = Reader(options.reader)
    extra = ["--codes"] if options.codes else []
    empty = reader.counts("", *extra)
    failures = 0
    for label, (fragment, expected) in FRAGMENTS.items():
        found = reader.counts(fragment, *extra)
        for chip in CHIPS:
            added = Counter(found[chip])
            added.subtract(empty[chip])
            if options.codes:
                print(f"{label}, {chip}:", " ".join(f"{code} {n}" for code, n in added.items() if n > 0))
            elif fault := wrong(expected, added):
                failures += 1
                print(f"{label}, {chip}: {fault}")
    if not options.codes:
        print(f"{len(FRAGMENTS)} fragments for {len(CHIPS)} chips, {failures} named wrongly")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
