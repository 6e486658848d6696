//===- Promise.h - What a kernel promises of its code -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From what a kernel computes to what its machine code has to show. The rules
// are written down here a second time, on purpose: a change of the code
// generator that loses wide accesses must not lose the expectation as well.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_CODEGEN_GPU_PROMISE_H
#define AUXACT_TEST_CODEGEN_GPU_PROMISE_H

#include "Gate.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::auxact::gate {

/// One promise for each of the `grids` grids of a kernel on tensors; failure
/// where the kernel is none.
FailureOr<std::vector<Promise>> promisesOf(func::FuncOp kernel,
                                           llvm::StringRef chip, size_t grids);

} // namespace mlir::auxact::gate

#endif // AUXACT_TEST_CODEGEN_GPU_PROMISE_H
