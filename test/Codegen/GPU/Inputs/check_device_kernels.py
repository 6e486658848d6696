"""Compiles all cases for a GPU, runs them on the SIMT executor, and compares each with NumPy.

check_device_kernels.py --driver=libauxact-simt-cuda.so --compiler=auxact-compile-kernels --target=cuda:sm_90a
"""

import argparse
import os
import sys
import time

import check_kernels
import shared_sum_cases
import tf32_cases
from device_kernels import compile_kernels
from simt_device import Device, DeviceError


def seeds_for(seconds, seeds):
    """Several orders of threads where that is quick; the first one always."""
    return seeds if seconds < 0.3 else []


def check(case, kernel, seed):
    """What is wrong with the case, or nothing."""
    os.environ["AUXACT_SIMT_SEED"] = str(seed)
    try:
        case.check(kernel)
    except (AssertionError, DeviceError) as error:
        if isinstance(error, DeviceError):
            kernel.device.reset()
        return f"{case.name}, seed {seed}: {error}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--driver", required=True, help="the driver library")
    parser.add_argument("--compiler", default="auxact-compile-kernels")
    parser.add_argument("--target", default="cuda:sm_90a")
    parser.add_argument("--only", default="", help="names of cases contain this")
    parser.add_argument("--without", nargs="*", default=[], help="names of cases contain none of these")
    parser.add_argument("--seeds", type=int, default=3, help="orders of threads for each case")
    options = parser.parse_args()
    device = Device(options.driver)
    everything = [
        *check_kernels.all_cases(),
        *shared_sum_cases.all_cases(),
        *tf32_cases.all_cases(check_kernels.CONTRACTIONS, check_kernels.FUSED),
    ]
    chosen = [case for case in everything if options.only in case.name and not any(part in case.name for part in options.without)]
    start = time.process_time()
    compiled = compile_kernels(device, options.compiler, options.target, "".join(case.text for case in chosen))
    faults, slowest = [], (0, "")
    for case in chosen:
        begin = time.process_time()
        faults.append(check(case, compiled[case.name], 0))
        took = time.process_time() - begin
        slowest = max(slowest, (took, case.name))
        for seed in seeds_for(took, range(1, options.seeds)):
            faults.append(check(case, compiled[case.name], seed))
    faults = [fault for fault in faults if fault]
    print("\n".join(faults))
    print(f"{len(chosen)} kernels, {len(faults)} faults; {time.process_time() - start:.1f} s, slowest {slowest[1]}: {slowest[0]:.2f} s")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
