//===- Timeline.cpp - What an entry keeps, and when -----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What each range of the arena holds and what is kept for the backward, for
// people who look at a timeline or a memory report.
//
//===----------------------------------------------------------------------===//

#include "Timeline.h"

#include "auxact/Dialect/AuxAct/Transforms/SavedValues.h"

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

namespace {
struct Role {
  std::string name, kind;
};
} // namespace

/// Where something comes from: its layer, or its kernel where it has none.
static std::string getOrigin(LaunchOp launch) {
  return launch.getLayer().value_or(launch.getKernel()).str();
}

/// Roles of launch results that are more than temporary; the first one counts.
static llvm::DenseMap<Value, Role> findRoles(const LaunchPlan &plan) {
  func::FuncOp entry = plan.entry;
  llvm::DenseMap<Value, Role> roles;
  for (const SavedValue &saved : getSavedValues(entry)) {
    SaveOp op = saved.op;
    roles.try_emplace(
        saved.source,
        Role{(op.getLayer() + ": " + op.getRule()).str(), "saved"});
  }
  for (auto [i, value] : llvm::enumerate(plan.returned))
    if (auto name = entry.getResultAttrOfType<StringAttr>(i, attrs::output)) {
      bool gradient = name.getValue().starts_with("gradient:");
      roles.try_emplace(
          value, Role{name.getValue().str(), gradient ? "gradient" : "output"});
    }
  for (auto [value, argument] : plan.replaced) {
    auto name = entry.getArgAttrOfType<StringAttr>(argument, attrs::parameter);
    if (!name)
      continue;
    auto update = cast<LaunchOp>(value.getDefiningOp());
    for (Value input : update.getInputs())
      if (getViewSource(input).getDefiningOp() &&
          input.getType() == value.getType())
        roles.try_emplace(
            getViewSource(input),
            Role{("gradient:" + name.getValue()).str(), "gradient"});
  }
  return roles;
}

static Role getRole(const PlannedBuffer &buffer, func::FuncOp entry,
                    const llvm::DenseMap<Value, Role> &roles) {
  using Kind = PlannedBuffer::Kind;
  if (buffer.kind == Kind::Workspace)
    return {getOrigin(buffer.launch), "workspace"};
  if (buffer.kind == Kind::Result) {
    if (auto it = roles.find(buffer.value); it != roles.end())
      return it->second;
    return {getOrigin(buffer.launch), "temporary"};
  }
  unsigned number = cast<BlockArgument>(buffer.value).getArgNumber();
  bool scalar = buffer.kind == Kind::Scalar;
  auto name = entry.getArgAttrOfType<StringAttr>(number, scalar ? attrs::scalar
                                                                : attrs::input);
  return {name.getValue().str(), scalar ? "scalar" : "input"};
}

static int64_t getOffset(const PlannedBuffer &buffer, func::FuncOp entry) {
  LaunchOp launch = buffer.launch;
  if (buffer.kind == PlannedBuffer::Kind::Workspace)
    return launch.getWorkspace().value_or(0);
  if (buffer.kind == PlannedBuffer::Kind::Result) {
    unsigned number = cast<OpResult>(buffer.value).getResultNumber();
    return cast<PlaceAttr>((*launch.getPlacements())[number]).getOffset();
  }
  unsigned number = cast<BlockArgument>(buffer.value).getArgNumber();
  return entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset).getInt();
}

std::vector<runtime::BufferSpec>
mlir::auxact::describeBuffers(const LaunchPlan &plan, int64_t threads) {
  llvm::DenseMap<Value, Role> roles = findRoles(plan);
  std::vector<runtime::BufferSpec> buffers;
  for (const PlannedBuffer &buffer : plan.getBuffers(threads)) {
    Role role = getRole(buffer, plan.entry, roles);
    buffers.push_back({role.name, role.kind, buffer.bytes,
                       getOffset(buffer, plan.entry), buffer.first,
                       buffer.last});
  }
  return buffers;
}

std::vector<runtime::SavedSpec>
mlir::auxact::describeSavedValues(func::FuncOp entry) {
  std::vector<runtime::SavedSpec> rows;
  for (const SavedValue &saved : getSavedValues(entry)) {
    SaveOp op = saved.op;
    auto row = llvm::find_if(rows, [&](const runtime::SavedSpec &other) {
      return other.layer == op.getLayer() && other.rule == op.getRule();
    });
    if (row == rows.end()) {
      row = rows.emplace(row);
      row->layer = op.getLayer().str();
      row->rule = op.getRule().str();
    }
    row->savedBytes += saved.bytes;
    row->exactBytes += op.getExactBytes();
    if (saved.isShared && saved.sharedWith != op.getLayer())
      row->sharedWith = saved.sharedWith.str();
  }
  return rows;
}
