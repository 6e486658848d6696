//===- Opcodes.h - Machine instructions, counted by name --------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The low nine bits of an instruction of sm_80 to sm_90a say what it does;
// three bits of its upper half, how wide a memory access is. The names were
// found by assembling PTX of one instruction each; Inputs/calibrate_opcodes.py
// does that again in every run of the tests.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_CODEGEN_GPU_OPCODES_H
#define AUXACT_TEST_CODEGEN_GPU_OPCODES_H

#include "Cubin.h"

#include <map>

namespace mlir::auxact::gate {

/// Counts by name: "HMMA", "LDG.128", "STG.8"; what the table does not name is
/// counted as "other".
using Histogram = std::map<std::string, int64_t>;

/// The name of `instruction`; of a memory access with its width in bits.
std::string nameOf(const Instruction &instruction);

/// Half open: instructions first … last - 1.
struct Range {
  size_t first = 0, last = 0;
};

Histogram count(const CubinKernel &kernel, Range range);
Histogram count(const CubinKernel &kernel);

/// Of the loops that have an instruction `name` and hold no smaller such loop,
/// the one with most of them; an empty range if there is no such loop.
Range innermostLoop(const CubinKernel &kernel, int64_t chip,
                    llvm::StringRef name);

} // namespace mlir::auxact::gate

#endif // AUXACT_TEST_CODEGEN_GPU_OPCODES_H
