//===- Timeline.h - What an entry keeps, and when ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What each range of the arena holds and what is kept for the backward, for
// people who look at a timeline or a memory report.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_PROGRAM_TIMELINE_H
#define AUXACT_LIB_PROGRAM_TIMELINE_H

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"
#include "auxact/Runtime/ProgramSpec.h"

namespace mlir::auxact {

/// The buffers of a planned entry. A value that is kept for the backward is
/// `saved`, whatever else it is; a gradient is one by the name of its output,
/// or as what an update of a parameter reads in the parameter's shape.
std::vector<::auxact::runtime::BufferSpec>
describeBuffers(const LaunchPlan &plan, int64_t threads);

/// What is kept from forward to backward, one row for each rule of a layer, in
/// the order of the network. Rows sum to the saved bytes, and `exactBytes` to
/// what exact backpropagation would keep.
std::vector<::auxact::runtime::SavedSpec>
describeSavedValues(func::FuncOp entry);

} // namespace mlir::auxact

#endif // AUXACT_LIB_PROGRAM_TIMELINE_H
