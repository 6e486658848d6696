"""Compiles all cases for a target and compares each with NumPy.

check_kernels.py --compiler=auxact-compile-kernels --target=avx2 [--only=softmax]
"""

import argparse
import itertools
import math
import sys

import attention_cases
import batch_cases
import bfloat16_cases
import kernel_cases as cases
import kernel_harness
import normalization_cases
import numpy as np
import row_cases
import view_cases

CONTRACTIONS = [
    (1, 1, 1),
    (3, 17, 33),
    (17, 33, 3),
    (33, 100, 17),
    (100, 10, 300),
    (64, 96, 128),
    (1, 1000, 100),
    (65, 1023, 100),
    (300, 300, 300),
    (130, 100, 1100),
    (9, 49, 2049),
]
FUSED = [(1, 1, 1), (3, 17, 33), (33, 100, 17), (65, 130, 300), (300, 1000, 100), (64, 96, 1056), (9, 10, 2049)]
MATRICES = [(1, 1), (3, 17), (33, 100), (64, 48), (300, 1023), (1000, 10), (2, 5000), (1, 300)]


def all_cases():
    for shape, a, b in itertools.product(CONTRACTIONS, (False, True), (False, True)):
        yield cases.plain_contraction(*shape, a, b)
    for shape in FUSED:
        yield cases.sign_while_packing(*shape, a_transposed=False)
        yield cases.sign_while_packing(*shape, a_transposed=True)
        yield cases.sign_in_producer(*shape)
        yield cases.weight_gradient_from_bits(*shape)
        yield cases.masked_input_gradient(*shape)
        yield cases.scaled_and_encoded(*shape)
        yield cases.update_of_weight(*shape)
    for shape in [(1,), (10,), (1000,), (33, 100), (1023, 1000), (3, 5, 7)]:
        yield cases.update_in_place(*shape)
    for shape in [(1, 1), (3, 17), (33, 100), (64, 48), (300, 1023), (5, 40000), (2, 3, 33), (100,)]:
        yield cases.sign_elementwise(*shape)
    for shape in MATRICES:
        for dimension, combiner in itertools.product((0, 1), ("addf", "maximumf", "minimumf")):
            yield cases.reduced(*shape, dimension, combiner)
        yield cases.softmax_gradient(*shape)
        yield cases.masked_bias_gradient(*shape)
    for size in (2, 4):
        for shape in [(3, 17), (33, 100), (64, 48), (5, 1023), (2, 3, 33), (100,)]:
            yield cases.few_bits(shape, size)
        for shape in [(3, 17), (33, 100), (64, 256), (5, 1023)]:
            yield cases.few_bits_of_rows(*shape, size)
        for shape in [(3, 17, 33), (33, 100, 17), (65, 130, 300)]:
            yield cases.weight_gradient_from_few_bits(*shape, size)
    yield cases.transposed_read(33, 100)
    for size in (1, 5, 16, 300, 5000):
        yield cases.reduced_to_scalar(size)
    yield cases.math_function("exp", np.exp, -87, 88)
    yield cases.math_function("log", np.log, 1e-30, 1e30)
    yield cases.math_function("tanh", np.tanh, -5, 5)
    yield cases.math_function("erf", np.vectorize(math.erf), -4, 4)
    yield cases.math_function("rsqrt", lambda x: 1 / np.sqrt(x), 1e-20, 1e20)
    yield from view_cases.all_cases()
    yield from bfloat16_cases.all_cases(CONTRACTIONS, FUSED)
    yield from attention_cases.all_cases()
    yield from batch_cases.all_cases()
    yield from row_cases.all_cases()
    yield from normalization_cases.all_cases([shape for shape in MATRICES if shape[1] > 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default=kernel_harness.COMPILER)
    parser.add_argument("--target", default="host")
    parser.add_argument("--only", default="", help="names of cases contain this")
    options = parser.parse_args()
    kernel_harness.COMPILER = options.compiler
    chosen = [case for case in all_cases() if options.only in case.name]
    compiled = kernel_harness.compile_kernels("".join(case.text for case in chosen), options.target)
    failures = 0
    for case in chosen:
        try:
            case.check(compiled[case.name])
        except AssertionError as error:
            failures += 1
            print(f"{case.name}: {error}")
    slowest = max(compiled.values(), key=lambda k: k.seconds)
    print(f"{len(chosen)} kernels, {failures} wrong; slowest to compile: {slowest.symbol}, {slowest.seconds:.2f} s")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
