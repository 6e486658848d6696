//===- TranslatePlan.h - From a planned entry to the runtime's --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a planned entry, in the compiler's form, to what the runtime replays.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_TRANSLATEPLAN_H
#define AUXACT_PROGRAM_TRANSLATEPLAN_H

#include "auxact/Runtime/ProgramSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include "llvm/Support/Error.h"

namespace mlir::auxact {

/// Adds the parameters, buffers and states of an entry to the state block,
/// behind what `state` holds already; arrays of the same name are one. Returns
/// the bytes of the block. Any stage from `step` on will do. The alignment is
/// the one that the entry will be planned with.
llvm::Expected<int64_t>
collectState(func::FuncOp entry,
             std::vector<::auxact::runtime::StateSpec> &state,
             int64_t alignment = ::auxact::runtime::blockAlignment);

/// The entry as the runtime takes it. Requires a verified plan and a state with
/// all arrays that it uses; launches number the kernel functions of the module,
/// in its order.
FailureOr<::auxact::runtime::EntrySpec>
translatePlan(func::FuncOp entry,
              const std::vector<::auxact::runtime::StateSpec> &state);

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_TRANSLATEPLAN_H
