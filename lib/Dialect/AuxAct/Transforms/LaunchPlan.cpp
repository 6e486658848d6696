//===- LaunchPlan.cpp - What an entry's launches read and keep ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The analysis that ordering, planning, verification and
// translation of an entry share.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;

bool mlir::auxact::isEntry(func::FuncOp func) {
  return !func.isDeclaration() && !func->hasAttr(attrs::kernel);
}

bool mlir::auxact::isView(Operation *op) {
  return isa<SaveOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
             tensor::ExtractSliceOp>(op);
}

Value mlir::auxact::getViewSource(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isView(op))
      break;
    value = op->getOperand(0);
  }
  return value;
}

int64_t mlir::auxact::getViewOffset(Value value) {
  int64_t offset = 0;
  while (Operation *op = value.getDefiningOp()) {
    if (!isView(op))
      break;
    value = op->getOperand(0);
    if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
      auto source = cast<RankedTensorType>(value.getType());
      offset += getStoredBytes(source) / source.getDimSize(0) *
                slice.getStaticOffset(0);
    }
  }
  return offset;
}

int64_t mlir::auxact::getAlignment(func::FuncOp entry) {
  auto alignment = entry->getAttrOfType<IntegerAttr>(attrs::alignment);
  return alignment ? alignment.getInt() : kBufferAlignment;
}

StringAttr mlir::auxact::getStateName(func::FuncOp func, unsigned argument) {
  for (StringRef kind : {attrs::parameter, attrs::buffer, attrs::state})
    if (auto name = func.getArgAttrOfType<StringAttr>(argument, kind))
      return name;
  return {};
}

static int64_t getBytes(Value value) {
  return getStoredBytes(cast<RankedTensorType>(value.getType()));
}

int64_t mlir::auxact::getStateBytes(ArrayRef<func::FuncOp> entries,
                                    int64_t alignment) {
  llvm::StringSet<> seen;
  int64_t bytes = 0;
  for (func::FuncOp entry : entries)
    for (BlockArgument argument : entry.getArguments())
      if (StringAttr name = getStateName(entry, argument.getArgNumber()))
        if (seen.insert(name.getValue()).second)
          bytes += llvm::alignTo(getBytes(argument), alignment);
  return bytes;
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

/// The launch result that becomes the new value of argument `argument`.
static LogicalResult addReplacement(LaunchPlan &plan, unsigned argument,
                                    unsigned result) {
  func::FuncOp entry = plan.entry;
  StringAttr name = getStateName(entry, argument);
  if (!name)
    return entry.emitOpError()
           << "has argument " << argument
           << " replaced by a result, but it is no parameter, buffer or state";
  Value source = plan.returned[result];
  if (source == entry.getArgument(argument))
    return success();
  if (!isa_and_nonnull<LaunchOp>(source.getDefiningOp()))
    return entry.emitOpError()
           << "gives '" << name.getValue() << "' the value of argument "
           << cast<BlockArgument>(source).getArgNumber()
           << ", which would be a copy; expected the result of a launch";
  auto [it, inserted] = plan.replaced.insert({source, argument});
  if (inserted)
    return success();
  return source.getDefiningOp()->emitOpError()
         << "has a result that replaces both '"
         << getStateName(entry, it->second).getValue() << "' and '"
         << name.getValue()
         << "', which would be a copy; expected one result for each";
}

FailureOr<LaunchPlan> LaunchPlan::get(func::FuncOp entry) {
  LaunchPlan plan;
  plan.entry = entry;
  if (!entry.getBody().hasOneBlock())
    return entry.emitOpError(
        "expects straight-line code, one block, in a plan");
  for (BlockArgument argument : entry.getArguments()) {
    unsigned number = argument.getArgNumber();
    if (!isa<RankedTensorType>(argument.getType()) ||
        !cast<RankedTensorType>(argument.getType()).hasStaticShape())
      return entry.emitOpError() << "expects argument " << number
                                 << " to be a tensor of fixed shape, but it is "
                                 << argument.getType();
    if (!getStateName(entry, number) &&
        !entry.getArgAttr(number, attrs::input) &&
        !entry.getArgAttr(number, attrs::scalar))
      return entry.emitOpError()
             << "does not say what argument " << number
             << " is; mark it auxact.input, auxact.parameter, auxact.buffer, "
                "auxact.state or auxact.scalar";
  }
  Block &block = entry.getBody().front();
  for (Operation &op : block.without_terminator()) {
    if (isView(&op))
      continue;
    auto launch = dyn_cast<LaunchOp>(op);
    if (!launch)
      return op.emitOpError("is neither a launch nor a view; a plan holds "
                            "nothing else (form kernels first)");
    for (Value input : launch.getInputs()) {
      SmallVector<unsigned> &list = plan.readers[getViewSource(input)];
      if (list.empty() || list.back() != plan.launches.size())
        list.push_back(plan.launches.size());
    }
    plan.launches.push_back(launch);
  }
  for (Value operand : block.getTerminator()->getOperands())
    plan.returned.push_back(getViewSource(operand));
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    if (auto result = entry.getArgAttrOfType<IntegerAttr>(i, attrs::replacedBy))
      if (failed(addReplacement(plan, i, result.getInt())))
        return failure();
  // What is handed out must still be there at the end.
  for (auto [result, source] : llvm::enumerate(plan.returned))
    for (auto [value, argument] : plan.replaced)
      if (source == entry.getArgument(argument))
        return entry.emitOpError()
               << "returns the old value of '"
               << getStateName(entry, argument).getValue() << "' as result "
               << result << ", but this entry overwrites it; return a value "
               << "computed from it";
  return plan;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

bool LaunchPlan::isReturned(Value source) const {
  return llvm::is_contained(returned, source);
}

/// Scratch of one launch of a compiled kernel: a slot for each thread, or for
/// each task where there are fewer, padded so that slots stay aligned.
static int64_t getWorkspaceBytes(Operation *kernel, int64_t threads,
                                 int64_t alignment) {
  auto number = [&](StringRef name, int64_t otherwise) {
    auto value = kernel ? kernel->getAttrOfType<IntegerAttr>(name) : nullptr;
    return value ? value.getInt() : otherwise;
  };
  return llvm::alignTo(number(attrs::workspaceBytes, 0), alignment) *
         std::min(threads, number(attrs::tasks, 1));
}

SmallVector<PlannedBuffer> LaunchPlan::getBuffers(int64_t threads) const {
  SmallVector<PlannedBuffer> buffers;
  int64_t end = std::max<int64_t>(launches.size(), 1) - 1;
  auto lastUse = [&](Value value, int64_t first) -> int64_t {
    if (isReturned(value))
      return end;
    auto it = readers.find(value);
    return it == readers.end() ? first : it->second.back();
  };
  func::FuncOp func = entry;
  for (BlockArgument argument : func.getArguments()) {
    unsigned number = argument.getArgNumber();
    if (getStateName(func, number))
      continue;
    bool scalar = bool(func.getArgAttr(number, attrs::scalar));
    buffers.push_back(
        {scalar ? PlannedBuffer::Kind::Scalar : PlannedBuffer::Kind::Input,
         argument, LaunchOp(), getBytes(argument), 0, lastUse(argument, 0)});
  }
  SymbolTable symbols(func->getParentOfType<ModuleOp>());
  for (auto [i, op] : llvm::enumerate(launches)) {
    LaunchOp launch = op;
    int64_t index = i;
    for (Value result : launch.getOutputs())
      if (!replaced.contains(result))
        buffers.push_back({PlannedBuffer::Kind::Result, result, launch,
                           getBytes(result), index, lastUse(result, index)});
    Operation *kernel = symbols.lookup(launch.getKernel());
    if (int64_t bytes = getWorkspaceBytes(kernel, threads, getAlignment(entry)))
      buffers.push_back({PlannedBuffer::Kind::Workspace, Value(), launch, bytes,
                         index, index});
  }
  return buffers;
}
