//===- VerifyPlan.cpp - Check a plan against its launches -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Check a plan, its peak included, against the launches as they
// are after every other pass.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/Transforms/InPlaceUpdate.h"
#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"
#include "auxact/Runtime/ArenaVerifier.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_VERIFYPLAN
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

namespace {
/// What planning wrote on the entry.
struct PlanNumbers {
  int64_t threads, arenaBytes, lowerBoundBytes, peakBytes;
};
} // namespace

static LogicalResult readNumbers(func::FuncOp entry, PlanNumbers &numbers) {
  std::pair<StringRef, int64_t *> all[] = {
      {attrs::threads, &numbers.threads},
      {attrs::arenaBytes, &numbers.arenaBytes},
      {attrs::lowerBoundBytes, &numbers.lowerBoundBytes},
      {attrs::peakBytes, &numbers.peakBytes}};
  for (auto [name, value] : all) {
    auto number = entry->getAttrOfType<IntegerAttr>(name);
    if (!number)
      return entry.emitOpError()
             << "has no '" << name << "'; plan it first (-auxact-plan-arena)";
    *value = number.getInt();
  }
  return success();
}

/// Where a buffer was put, or an error where nothing says it.
static FailureOr<int64_t> getOffset(func::FuncOp entry,
                                    const PlannedBuffer &buffer) {
  LaunchOp launch = buffer.launch;
  switch (buffer.kind) {
  case PlannedBuffer::Kind::Workspace:
    if (std::optional<uint64_t> offset = launch.getWorkspace())
      return *offset;
    return launch.emitOpError()
           << "has no workspace, but '" << launch.getKernel() << "' needs "
           << buffer.bytes << " bytes for all threads";
  case PlannedBuffer::Kind::Result: {
    unsigned number = cast<OpResult>(buffer.value).getResultNumber();
    auto place = cast<PlaceAttr>((*launch.getPlacements())[number]);
    if (place.getRegion() == mlir::auxact::Region::Arena)
      return place.getOffset();
    return launch.emitOpError()
           << "puts result " << number << " into the state '"
           << place.getState() << "', but that result replaces no state";
  }
  case PlannedBuffer::Kind::Input:
  case PlannedBuffer::Kind::Scalar:
    break;
  }
  unsigned number = cast<BlockArgument>(buffer.value).getArgNumber();
  if (auto offset = entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset))
    return offset.getInt();
  return entry.emitOpError() << "has no 'auxact.offset' on argument " << number;
}

/// A state is overwritten in place, after its last reader, by a kernel that
/// reads it only where it writes it.
static LogicalResult verifyReplacement(const LaunchPlan &plan, OpResult value,
                                       unsigned argument) {
  func::FuncOp entry = plan.entry;
  auto launch = cast<LaunchOp>(value.getOwner());
  StringRef name = getStateName(entry, argument).getValue();
  auto place =
      cast<PlaceAttr>((*launch.getPlacements())[value.getResultNumber()]);
  if (place.getRegion() != mlir::auxact::Region::State ||
      place.getState() != name)
    return launch.emitOpError()
           << "computes the new value of '" << name << "' in its result "
           << value.getResultNumber() << ", but puts it at " << place;
  auto it = plan.readers.find(entry.getArgument(argument));
  if (it == plan.readers.end())
    return success();
  LaunchOp last = plan.launches[it->second.back()];
  if (last != launch && launch->isBeforeInBlock(last)) {
    auto diagnostic = launch.emitOpError()
                      << "overwrites '" << name << "' before its last reader";
    diagnostic.attachNote(last.getLoc()) << "the old value is read here";
    return diagnostic;
  }
  for (OpOperand &operand : launch.getInputsMutable()) {
    if (getViewSource(operand.get()) != entry.getArgument(argument))
      continue;
    if (failed(verifyInPlaceUpdate(launch, operand.getOperandNumber(), name)))
      return failure();
  }
  return success();
}

static LogicalResult verifyEntry(func::FuncOp entry,
                                 ArrayRef<func::FuncOp> entries) {
  int64_t alignment = getAlignment(entry);
  int64_t stateBytes = getStateBytes(entries, alignment);
  FailureOr<LaunchPlan> plan = LaunchPlan::get(entry);
  if (failed(plan))
    return failure();
  for (LaunchOp launch : plan->launches)
    if (!launch.getPlacements())
      return launch.emitOpError(
          "has no placements; plan it first (-auxact-plan-arena)");
  for (auto [value, argument] : plan->replaced)
    if (failed(verifyReplacement(*plan, cast<OpResult>(value), argument)))
      return failure();

  PlanNumbers numbers;
  if (failed(readNumbers(entry, numbers)))
    return failure();
  std::vector<runtime::BufferRequest> requests;
  runtime::ArenaPlan arena;
  int64_t used = 0;
  for (const PlannedBuffer &buffer : plan->getBuffers(numbers.threads)) {
    FailureOr<int64_t> offset = getOffset(entry, buffer);
    if (failed(offset))
      return failure();
    requests.push_back({buffer.bytes, alignment, buffer.first, buffer.last});
    arena.offsets.push_back(*offset);
    used = std::max<int64_t>(used,
                             *offset + llvm::alignTo(buffer.bytes, alignment));
  }
  arena.bytes = numbers.arenaBytes;
  arena.lowerBound = numbers.lowerBoundBytes;
  std::string problem = runtime::verifyArenaPlan(requests, arena);
  if (!problem.empty())
    return entry.emitOpError() << "has a wrong plan: " << problem;
  if (used != numbers.arenaBytes)
    return entry.emitOpError()
           << "says that its arena has " << numbers.arenaBytes
           << " bytes, but its plan uses " << used;
  if (numbers.peakBytes != used + stateBytes)
    return entry.emitOpError()
           << "says that its peak is " << numbers.peakBytes
           << " bytes, but its arena of " << used << " and the state of "
           << stateBytes << " make " << used + stateBytes;
  return success();
}

namespace {

struct VerifyPlan : mlir::auxact::impl::VerifyPlanBase<VerifyPlan> {
  using VerifyPlanBase::VerifyPlanBase;

  void runOnOperation() override {
    SmallVector<func::FuncOp> entries;
    for (auto func : getOperation().getOps<func::FuncOp>())
      if (isEntry(func))
        entries.push_back(func);
    for (func::FuncOp entry : entries)
      if (failed(verifyEntry(entry, entries)))
        signalPassFailure();
    markAllAnalysesPreserved();
  }
};

} // namespace
