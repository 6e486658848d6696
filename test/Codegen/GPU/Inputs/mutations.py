"""Plants faults in generated kernels, in the LLVM IR that goes to the PTX back end, and looks whether they are found.

mutations.py --driver=libauxact-simt-cuda.so --compiler=auxact-compile-kernels

Found means that the executor reports something or that the numbers are wrong. The unchanged kernels must pass.
"""

import argparse
import re
import subprocess
import sys
from collections import Counter

import kernel_cases as cases
from check_device_kernels import check
from device_kernels import compile_kernels
from simt_device import Device, DeviceKernel

M, N, K = 35, 100, 17  # fit no tile
EXTENTS = [M, N, K, N // 4, M * N]
LANES = "i32 -1"
HALF_THE_LANES = "i32 65535"


def _replaced(text, match, line):
    return text[: match.start()] + line + text[match.end() :]


def dropped_barriers(text):
    """All but those after which nothing uses shared memory."""
    for match in re.finditer(r"^ +(tail )?call void @llvm\.nvvm\.barrier\.cta\.sync\.[^\n]*\n", text, re.M):
        if "addrspace(3)" in text[match.end() : text.index("\n}", match.end())]:
            yield _replaced(text, match, "")


def laxer_waits(text):
    """All waits of the kernel for a group less: after a loop there may be no group left that one of them could miss."""
    changed = re.sub(r"(@llvm\.nvvm\.cp\.async\.wait\.group\(i32 )(\d+)", lambda match: f"{match[1]}{int(match[2]) + 1}", text)
    if changed != text:
        yield changed


def wrong_lane_masks(text):
    """Collectives of the whole warp that only half of the lanes are named for."""
    for match in re.finditer(r"@llvm\.nvvm\.(?:shfl|vote)[\w.]*\(i32 -1", text):
        yield _replaced(text, match, match[0].replace(LANES, HALF_THE_LANES))


def wrong_bit_masks(text):
    """x & 0b0111 with a bit less."""
    for match in re.finditer(r"( = and i\d+ %[\w.]+, )(\d+)\b", text):
        mask = int(match[2])
        if mask >= 3 and not mask & (mask + 1):
            yield _replaced(text, match, f"{match[1]}{mask >> 1}")


def bounds_off_by_one(text):
    """i < n as i < n + 1, and i > n - 1 likewise, for the extents of the tensors and what vectors of four elements make of
    them; wherever n bounds something, since of unrolled code only a part reaches it."""
    pattern = r"( = icmp (?:samesign )?[us](lt|gt) i\d+ %[\w.]+, )(\d+)\b"
    for bound in EXTENTS:

        def changed(match, bound=bound):
            limit = bound if match[2] == "lt" else bound - 1
            return f"{match[1]}{limit + 1 if match[2] == 'lt' else limit - 1}" if int(match[3]) == limit else match[0]

        mutant = re.sub(pattern, changed, text)
        if mutant != text:
            yield mutant


MUTATIONS = [dropped_barriers, laxer_waits, wrong_lane_masks, wrong_bit_masks, bounds_off_by_one]


def chosen_cases():
    """Kernels of every form."""
    return [
        cases.sign_elementwise(M, N),
        cases.update_in_place(M, N),
        cases.reduced(M, N, 0, "addf"),
        cases.reduced(M, N, 1, "addf"),
        cases.softmax_gradient(M, N),
        cases.plain_contraction(M, N, K, False, True),
        cases.sign_while_packing(M, N, K, a_transposed=False),
        cases.weight_gradient_from_bits(M, N, K),
    ]


def _tool(name, data):
    return subprocess.run([name, "-o", "-", "-"], input=data, capture_output=True, check=True).stdout


def assembled(kernel, text):
    return DeviceKernel(kernel.device, kernel.symbol, _tool("llvm-as", text.encode()), kernel.grids, kernel.workspace_bytes, 0.0)


def found(case, kernel, text):
    """In one of several orders of the threads."""
    mutant = assembled(kernel, text)
    return any(check(case, mutant, seed) for seed in range(3))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", required=True, help="the driver library")
    parser.add_argument("--compiler", default="auxact-compile-kernels")
    parser.add_argument("--target", default="cuda:sm_90a")
    parser.add_argument("--only", default="", help="names of cases contain this")
    options = parser.parse_args()
    device = Device(options.driver)
    chosen = [case for case in chosen_cases() if options.only in case.name]
    compiled = compile_kernels(device, options.compiler, options.target, "".join(case.text for case in chosen))
    planted, survivors = Counter(), []
    for case in chosen:
        kernel = compiled[case.name]
        text = _tool("llvm-dis", kernel.image).decode()
        assert not found(case, kernel, text), f"{case.name} fails without a fault"
        for mutation in MUTATIONS:
            for number, mutant in enumerate(mutation(text)):
                planted[mutation.__name__] += 1
                if not found(case, kernel, mutant):
                    survivors.append(f"{case.name}: {mutation.__name__} {number}")
    print("\n".join(survivors))
    for mutation in MUTATIONS:
        print(f"{mutation.__name__}: {planted[mutation.__name__]} planted")
    print(f"{len(survivors)} not found")
    sys.exit(bool(survivors))


if __name__ == "__main__":
    main()
