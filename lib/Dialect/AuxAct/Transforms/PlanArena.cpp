//===- PlanArena.cpp - Give every value of the plan its bytes -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Give every value of the plan its bytes.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Dialect/AuxAct/Transforms/SavedValues.h"
#include "auxact/Runtime/ArenaPlanner.h"
#include "auxact/Runtime/ArenaVerifier.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_PLANARENA
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

/// Writes the offsets on launches and arguments.
static void writePlacements(const LaunchPlan &plan,
                            ArrayRef<PlannedBuffer> buffers,
                            ArrayRef<int64_t> offsets) {
  func::FuncOp entry = plan.entry;
  Builder builder(entry.getContext());
  llvm::DenseMap<Value, Attribute> places;
  for (auto [value, argument] : plan.replaced)
    places[value] =
        PlaceAttr::get(builder.getContext(), mlir::auxact::Region::State, 0,
                       getStateName(entry, argument).getValue());
  for (LaunchOp launch : plan.launches)
    launch.removeWorkspaceAttr();
  for (auto [buffer, offset] : llvm::zip_equal(buffers, offsets)) {
    switch (buffer.kind) {
    case PlannedBuffer::Kind::Result:
      places[buffer.value] =
          PlaceAttr::get(builder.getContext(), mlir::auxact::Region::Arena,
                         offset, /*state=*/"");
      break;
    case PlannedBuffer::Kind::Workspace:
      LaunchOp(buffer.launch).setWorkspace(offset);
      break;
    case PlannedBuffer::Kind::Input:
    case PlannedBuffer::Kind::Scalar:
      entry.setArgAttr(cast<BlockArgument>(buffer.value).getArgNumber(),
                       attrs::offset, builder.getI64IntegerAttr(offset));
      break;
    }
  }
  for (LaunchOp launch : plan.launches) {
    SmallVector<Attribute> placements;
    for (Value result : launch.getOutputs())
      placements.push_back(places.lookup(result));
    launch.setPlacementsAttr(builder.getArrayAttr(placements));
  }
}

/// Says of every saved value why it is kept.
static void emitRemarks(const LaunchPlan &plan) {
  MLIRContext *context = plan.entry->getContext();
  for (const SavedValue &saved : getSavedValues(plan.entry)) {
    SaveOp op = saved.op;
    InFlightDiagnostic remark = emitRemark(op.getLoc());
    // An operation that keeps a value for its own backward goes by its name.
    bool byOperation = RegisteredOperationName::lookup(
                           ("auxact." + op.getRule()).str(), context)
                           .has_value();
    if (saved.isShared)
      remark << "kept from forward to backward: 0 bytes more, as the value "
                "kept for layer '"
             << saved.sharedWith << "' serves layer '" << op.getLayer() << "'";
    else
      remark << "kept from forward to backward: " << saved.bytes
             << " bytes, read by layer '" << op.getLayer() << "'";
    if (byOperation)
      remark << ", because the backward of auxact." << op.getRule()
             << " reads it";
    else
      remark << " under rule '" << op.getRule()
             << "', because its weight gradient is built from it";
    if (op.getExactBytes() > 0)
      remark << "; exact backpropagation would keep " << op.getExactBytes()
             << " bytes for it";
  }
}

namespace {

struct PlanArena : mlir::auxact::impl::PlanArenaBase<PlanArena> {
  using PlanArenaBase::PlanArenaBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> entries;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (isEntry(func))
        entries.push_back(func);
    if (threads < 1) {
      getOperation().emitError()
          << "expected at least one thread to plan for, but got "
          << threads.getValue();
      return signalPassFailure();
    }
    if (alignment < 1 || !llvm::isPowerOf2_64(alignment)) {
      getOperation().emitError()
          << "expected a power of two as alignment, but got "
          << alignment.getValue();
      return signalPassFailure();
    }
    int64_t stateBytes = getStateBytes(entries, alignment);
    for (func::FuncOp entry : entries)
      if (failed(planEntry(entry, stateBytes)))
        return signalPassFailure();
  }

  LogicalResult planEntry(func::FuncOp entry, int64_t stateBytes) {
    Builder builder(&getContext());
    entry->removeAttr(attrs::alignment);
    if (alignment != kBufferAlignment)
      entry->setAttr(attrs::alignment, builder.getI64IntegerAttr(alignment));
    FailureOr<LaunchPlan> plan = LaunchPlan::get(entry);
    if (failed(plan))
      return failure();
    SmallVector<PlannedBuffer> buffers = plan->getBuffers(threads);
    std::vector<runtime::BufferRequest> requests;
    for (const PlannedBuffer &buffer : buffers)
      requests.push_back({buffer.bytes, alignment, buffer.first, buffer.last});
    runtime::ArenaPlan arena = runtime::planArena(requests);
    std::string problem = runtime::verifyArenaPlan(requests, arena);
    if (!problem.empty())
      return entry.emitOpError() << "was given a wrong plan: " << problem;
    writePlacements(*plan, buffers, arena.offsets);
    auto note = [&](StringRef name, int64_t value) {
      entry->setAttr(name, builder.getI64IntegerAttr(value));
    };
    note(attrs::arenaBytes, arena.bytes);
    note(attrs::lowerBoundBytes, arena.lowerBound);
    note(attrs::peakBytes, arena.bytes + stateBytes);
    note(attrs::threads, threads);
    if (remarks)
      emitRemarks(*plan);
    return success();
  }
};

} // namespace
