//===- OrderLaunches.cpp - Order launches for a low peak ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Order the launches of an entry so that less is alive at once.
//
//===----------------------------------------------------------------------===//

#include "LaunchScheduler.h"

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ORDERLAUNCHES
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// Values that take arena bytes, and what must come before what: producers
/// before readers, and readers of an old state before what overwrites it.
static LaunchGraph buildGraph(const LaunchPlan &plan, int64_t alignment) {
  LaunchGraph graph(plan.launches.size());
  auto add = [&](Value value, bool fromStart) {
    SmallVector<unsigned> members;
    if (auto it = plan.readers.find(value); it != plan.readers.end())
      members = it->second;
    int64_t bytes = llvm::alignTo(
        getStoredBytes(cast<RankedTensorType>(value.getType())), alignment);
    graph.addValue(bytes, members, fromStart, plan.isReturned(value));
  };
  func::FuncOp entry = plan.entry;
  for (BlockArgument argument : entry.getArguments())
    if (!getStateName(entry, argument.getArgNumber()))
      add(argument, /*fromStart=*/true);
  for (auto [i, op] : llvm::enumerate(plan.launches)) {
    LaunchOp launch = op;
    for (Value result : launch.getOutputs()) {
      auto readers = plan.readers.find(result);
      if (readers != plan.readers.end())
        for (unsigned reader : readers->second)
          graph.addEdge(i, reader);
      auto replaced = plan.replaced.find(result);
      if (replaced == plan.replaced.end()) {
        SmallVector<unsigned> members = {static_cast<unsigned>(i)};
        if (readers != plan.readers.end())
          members.append(readers->second);
        graph.addValue(llvm::alignTo(getStoredBytes(cast<RankedTensorType>(
                                         result.getType())),
                                     alignment),
                       members, /*fromStart=*/false, plan.isReturned(result));
        continue;
      }
      auto old = plan.readers.find(entry.getArgument(replaced->second));
      if (old == plan.readers.end())
        continue;
      for (unsigned reader : old->second)
        if (reader != i)
          graph.addEdge(reader, i);
    }
  }
  return graph;
}

/// A run that stops at a loss that is not finite must leave the state as it
/// was: what overwrites a state comes after the loss, unless the loss needs it.
static void keepStateUntilLoss(const LaunchPlan &plan, LaunchGraph &graph) {
  func::FuncOp entry = plan.entry;
  llvm::DenseMap<Operation *, unsigned> numbers;
  for (auto [i, launch] : llvm::enumerate(plan.launches))
    numbers[launch] = i;
  for (auto [i, source] : llvm::enumerate(plan.returned)) {
    auto name = entry.getResultAttrOfType<StringAttr>(i, attrs::output);
    if (!name || name.getValue() != "loss" || !source.getDefiningOp())
      continue;
    unsigned loss = numbers.lookup(source.getDefiningOp());
    llvm::BitVector needed = graph.getAncestors(loss);
    llvm::SetVector<unsigned> writers;
    for (auto [value, argument] : plan.replaced)
      writers.insert(numbers.lookup(value.getDefiningOp()));
    for (unsigned writer : writers)
      if (!needed.test(writer))
        graph.addEdge(loss, writer);
  }
}

/// Names a state that is overwritten before a reader of its old value can run.
static LogicalResult reportCycle(const LaunchPlan &plan,
                                 const LaunchGraph &graph) {
  func::FuncOp entry = plan.entry;
  for (auto [value, argument] : plan.replaced) {
    unsigned writer = llvm::find(plan.launches, value.getDefiningOp()) -
                      plan.launches.begin();
    auto old = plan.readers.find(entry.getArgument(argument));
    if (old == plan.readers.end())
      continue;
    for (unsigned reader : old->second) {
      if (reader == writer || !graph.getAncestors(reader).test(writer))
        continue;
      LaunchOp launch = plan.launches[reader];
      auto diagnostic =
          launch.emitOpError()
          << "reads the old value of '"
          << getStateName(entry, argument).getValue()
          << "', but depends on its new value, which takes the same bytes";
      diagnostic.attachNote(value.getLoc())
          << "the new value comes from this launch of '"
          << cast<LaunchOp>(value.getDefiningOp()).getKernel()
          << "'; compute what reads both in one kernel, or from one of them";
      return diagnostic;
    }
  }
  return entry.emitOpError("has launches that wait for each other: states that "
                           "it overwrites are read in a circle");
}

/// Puts the launches in this order, each behind the views that it reads.
static void applyOrder(const LaunchPlan &plan, ArrayRef<unsigned> order) {
  func::FuncOp entry = plan.entry;
  Operation *terminator = entry.getBody().front().getTerminator();
  SmallVector<Operation *> views;
  for (Operation &op : entry.getBody().front().without_terminator())
    if (isView(&op))
      views.push_back(&op);
  llvm::DenseSet<Operation *> waiting(views.begin(), views.end());
  auto place = [&](auto &&self, Operation *op) -> void {
    for (Value operand : op->getOperands())
      if (Operation *view = operand.getDefiningOp())
        if (waiting.erase(view))
          self(self, view);
    if (op != terminator)
      op->moveBefore(terminator);
  };
  for (unsigned i : order)
    place(place, plan.launches[i]);
  place(place, terminator);
  // Views that nothing reads.
  for (Operation *view : views)
    if (waiting.erase(view))
      place(place, view);
}

namespace {

struct OrderLaunches : mlir::auxact::impl::OrderLaunchesBase<OrderLaunches> {
  using OrderLaunchesBase::OrderLaunchesBase;

  void runOnOperation() override {
    func::FuncOp entry = getOperation();
    if (!isEntry(entry))
      return;
    FailureOr<LaunchPlan> plan = LaunchPlan::get(entry);
    if (failed(plan))
      return signalPassFailure();
    LaunchGraph graph = buildGraph(*plan, alignment);
    keepStateUntilLoss(*plan, graph);
    std::optional<SmallVector<unsigned>> order = findLowPeakOrder(graph);
    if (!order) {
      (void)reportCycle(*plan, graph);
      return signalPassFailure();
    }
    applyOrder(*plan, *order);
  }
};

} // namespace
