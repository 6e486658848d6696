//===- TranslatePlan.h - From a planned entry to what the runtime replays -*-
//C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a planned entry to what the runtime replays.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_TRANSLATEPLAN_H
#define AUXACT_PROGRAM_TRANSLATEPLAN_H

#include "auxact/Runtime/ProgramSpec.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <vector>

namespace mlir::auxact {

/// Append the states of an entry (parameters, buffers, state of optimizer and
/// rules) that are not yet in `state`, laid out one after the other; the bytes
/// of all.
int64_t collectState(func::FuncOp entry,
                     std::vector<::auxact::runtime::StateSpec> &state);

/// The entry's plan, over states that are laid out as in `state`. Kernels are
/// numbered in the order of their functions in the module.
FailureOr<::auxact::runtime::EntrySpec>
translatePlan(func::FuncOp entry,
              const std::vector<::auxact::runtime::StateSpec> &state);

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_TRANSLATEPLAN_H
