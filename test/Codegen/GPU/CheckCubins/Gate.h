//===- Gate.h - What must hold for the code of a kernel ---------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Assembles PTX and compares what came out with what the kernel's form
// promises and what the chip has. The gates, and how to read them, are
// described in docs/GPU.md.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_CODEGEN_GPU_GATE_H
#define AUXACT_TEST_CODEGEN_GPU_GATE_H

#include "Opcodes.h"

#include "auxact/Codegen/GPU/CudaToolkit.h"
#include "auxact/Runtime/ProgramSpec.h"

#include <optional>

namespace mlir::auxact::gate {

/// What the code of one grid has to show.
struct Promise {
  /// In words, for the table: "contraction", "elementwise", …
  std::string work;
  /// "HMMA" or "FFMA": instruction that the innermost loop multiplies with, and
  /// how many of them it holds at least.
  std::string multiply;
  int64_t multiplies = 0;
  /// Instructions of which the innermost loop holds at least one; "A|B": one
  /// of either.
  std::vector<std::string> inLoop;
  /// Instructions of which the kernel holds at least one: "LDG.128".
  std::vector<std::string> anywhere;
  /// On the first grid's promise: what some grid of the kernel holds.
  std::vector<std::string> inSomeGrid;
};

/// What a chip offers to a block.
struct ChipLimits {
  int64_t registers = 65536, threads = 1024, sharedBytes;

  static std::optional<ChipLimits> of(llvm::StringRef chip);
};

/// One row of the table.
struct GateReport {
  std::string kernel, chip, work;
  int64_t threads = 0, registers = 0, spillBytes = 0, stackBytes = 0,
          sharedBytes = 0;
  /// Instructions of the innermost loop, or of the kernel where the promise
  /// names none.
  Histogram shown;
  bool showsLoop = false;
  /// Sentences; empty: the gate is passed.
  std::vector<std::string> faults;
};

/// Faults of the PTX text itself. `dynamicBytes` is what the launch asks for.
std::vector<std::string> faultsOfText(llvm::StringRef ptx,
                                      int64_t dynamicBytes);

/// Assembles `ptx` and looks at the functions of `grids`; `promises` has one
/// entry a grid, in their order. An error is a machine that cannot: what ptxas
/// refuses is a fault.
llvm::Expected<std::vector<GateReport>>
checkKernel(llvm::StringRef ptx, llvm::StringRef chip,
            const std::vector<::auxact::runtime::GridSpec> &grids,
            const std::vector<Promise> &promises, const CudaToolkit &toolkit);

/// One line for each report.
std::string tableOf(const std::vector<GateReport> &reports);

} // namespace mlir::auxact::gate

#endif // AUXACT_TEST_CODEGEN_GPU_GATE_H
