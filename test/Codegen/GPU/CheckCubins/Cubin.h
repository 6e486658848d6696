//===- Cubin.h - What a cubin says of its kernels ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Reads the machine code that ptxas made, with no disassembler: the ELF
// sections and NVIDIA's attributes in them.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_CODEGEN_GPU_CUBIN_H
#define AUXACT_TEST_CODEGEN_GPU_CUBIN_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::auxact::gate {

/// One machine instruction, 128 bits.
struct Instruction {
  uint64_t low, high;
};

struct CubinKernel {
  std::string name;
  int64_t registers = 0;  // of a thread
  int64_t stackBytes = 0; // of a thread, in local memory
  std::vector<Instruction> code;
};

struct Cubin {
  /// 80, 89, 90.
  int64_t chip = 0;
  std::vector<CubinKernel> kernels;
};

llvm::Expected<Cubin> readCubin(llvm::StringRef bytes);

/// What `ptxas -v` says of a kernel and the cubin does not.
struct AssemblerReport {
  int64_t registers = 0, spillStores = 0, spillLoads = 0;
  int64_t sharedBytes = 0; // static
  /// Remarks of the C75xx family: instructions serialised or registers moved
  /// behind the kernel's back.
  std::vector<std::string> remarks;
};

/// The part of `log` about `kernel`; an error if there is none.
llvm::Expected<AssemblerReport> readLog(llvm::StringRef log,
                                        llvm::StringRef kernel);

} // namespace mlir::auxact::gate

#endif // AUXACT_TEST_CODEGEN_GPU_CUBIN_H
