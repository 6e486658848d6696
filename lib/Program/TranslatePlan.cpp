//===- TranslatePlan.cpp - From a planned entry to what the runtime replays -*-
//C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a planned entry to what the runtime replays.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/TranslatePlan.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"
#include "auxact/Dialect/AuxAct/Transforms/SavedValues.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

static FailureOr<runtime::DType> getDType(Operation *op, Type type) {
  if (type.isF32())
    return runtime::DType::f32;
  if (type.isF64())
    return runtime::DType::f64;
  if (type.isInteger(32))
    return runtime::DType::i32;
  if (type.isInteger(64))
    return runtime::DType::i64;
  if (type.isInteger(8))
    return runtime::DType::i8;
  return op->emitOpError() << "has a value of element type " << type
                           << " in its plan; expected f32, f64, i8, i32 or i64";
}

/// Name, dtype, shape and bytes, which all specifications have.
template <typename Spec>
static LogicalResult describe(Operation *op, StringRef name, Type type,
                              Spec &spec) {
  auto tensor = cast<RankedTensorType>(type);
  FailureOr<runtime::DType> dtype = getDType(op, tensor.getElementType());
  if (failed(dtype))
    return failure();
  spec.name = name.str();
  spec.dtype = *dtype;
  spec.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  spec.bytes = getStoredBytes(tensor);
  return success();
}

//===----------------------------------------------------------------------===//
// State
//===----------------------------------------------------------------------===//

/// What a state is for. Rules name theirs after what it holds; the optimizer
/// after a parameter.
static StringRef getStateKind(func::FuncOp entry, unsigned argument,
                              const llvm::StringSet<> &parameters) {
  if (entry.getArgAttr(argument, attrs::parameter))
    return "parameter";
  if (entry.getArgAttr(argument, attrs::buffer))
    return "buffer";
  StringRef name =
      entry.getArgAttrOfType<StringAttr>(argument, attrs::state).getValue();
  return parameters.contains(name.rsplit('.').first) ? "optimizer" : "rule";
}

int64_t mlir::auxact::collectState(func::FuncOp entry,
                                   std::vector<runtime::StateSpec> &state) {
  llvm::StringSet<> parameters, known;
  int64_t bytes = 0;
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    if (auto name = entry.getArgAttrOfType<StringAttr>(i, attrs::parameter))
      parameters.insert(name.getValue());
  for (const runtime::StateSpec &spec : state) {
    known.insert(spec.name);
    bytes = std::max<int64_t>(
        bytes, llvm::alignTo(spec.offset + spec.bytes, kBufferAlignment));
  }
  for (BlockArgument argument : entry.getArguments()) {
    unsigned number = argument.getArgNumber();
    StringAttr name = getStateName(entry, number);
    runtime::StateSpec spec;
    if (!name || !known.insert(name.getValue()).second ||
        failed(describe(entry, name.getValue(), argument.getType(), spec)))
      continue;
    spec.kind = getStateKind(entry, number, parameters).str();
    spec.offset = bytes;
    if (auto fill = entry.getArgAttrOfType<FloatAttr>(number, attrs::init))
      spec.fill = fill.getValueAsDouble();
    bytes = llvm::alignTo(bytes + spec.bytes, kBufferAlignment);
    state.push_back(std::move(spec));
  }
  return bytes;
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

namespace {

class Translator {
public:
  Translator(const LaunchPlan &plan,
             const std::vector<runtime::StateSpec> &state)
      : plan(plan), entry(plan.entry) {
    for (const runtime::StateSpec &spec : state)
      stateOffsets[spec.name] = spec.offset;
  }

  FailureOr<runtime::EntrySpec> run();

private:
  LogicalResult addArguments();
  LogicalResult addLaunches();
  LogicalResult addOutputs();
  void addBuffers();
  void addSaved();
  FailureOr<runtime::Place> placeOf(Value source);
  std::string getBufferKind(const PlannedBuffer &buffer);

  int64_t getInteger(StringRef name) {
    return entry->getAttrOfType<IntegerAttr>(name).getInt();
  }

  const LaunchPlan &plan;
  func::FuncOp entry;
  llvm::StringMap<int64_t> stateOffsets;
  llvm::DenseMap<Value, int64_t> inputIndex;
  runtime::EntrySpec spec;
};

} // namespace

static StringAttr getName(func::FuncOp entry, unsigned argument,
                          StringRef attribute) {
  return entry.getArgAttrOfType<StringAttr>(argument, attribute);
}

FailureOr<runtime::Place> Translator::placeOf(Value source) {
  if (auto argument = dyn_cast<BlockArgument>(source)) {
    unsigned number = argument.getArgNumber();
    if (StringAttr name = getStateName(entry, number)) {
      auto it = stateOffsets.find(name.getValue());
      if (it == stateOffsets.end())
        return entry.emitOpError() << "reads the state '" << name.getValue()
                                   << "', which the program does not have";
      return runtime::Place{runtime::Place::State, it->second};
    }
    if (inputIndex.count(source))
      return runtime::Place{runtime::Place::Input, inputIndex.lookup(source)};
    return runtime::Place{
        runtime::Place::Arena,
        entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset).getInt()};
  }
  auto result = cast<OpResult>(source);
  auto launch = cast<LaunchOp>(result.getOwner());
  auto place =
      cast<PlaceAttr>((*launch.getPlacements())[result.getResultNumber()]);
  if (place.getRegion() == mlir::auxact::Region::Arena)
    return runtime::Place{runtime::Place::Arena, place.getOffset()};
  return runtime::Place{runtime::Place::State,
                        stateOffsets.lookup(place.getState())};
}

LogicalResult Translator::addArguments() {
  for (BlockArgument argument : entry.getArguments()) {
    unsigned number = argument.getArgNumber();
    if (StringAttr name = getName(entry, number, attrs::input)) {
      runtime::InputSpec input;
      if (failed(describe(entry, name, argument.getType(), input)))
        return failure();
      if (auto offset =
              entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset))
        input.stagingOffset = offset.getInt();
      if (auto classes =
              entry.getArgAttrOfType<IntegerAttr>(number, attrs::classes))
        input.classes = classes.getInt();
      inputIndex[argument] = spec.inputs.size();
      spec.inputs.push_back(std::move(input));
    } else if (StringAttr name = getName(entry, number, attrs::scalar)) {
      auto type = cast<RankedTensorType>(argument.getType());
      FailureOr<runtime::DType> dtype = getDType(entry, type.getElementType());
      if (failed(dtype))
        return failure();
      spec.scalars.push_back(
          {name.getValue().str(), *dtype,
           entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset)
               .getInt()});
    }
  }
  return success();
}

LogicalResult Translator::addLaunches() {
  llvm::StringMap<int64_t> kernels;
  for (auto func : entry->getParentOfType<ModuleOp>().getOps<func::FuncOp>())
    if (func->hasAttr(attrs::kernel)) {
      int64_t number = kernels.size();
      kernels[func.getName()] = number;
    }
  for (LaunchOp op : plan.launches) {
    LaunchOp launch = op;
    runtime::LaunchSpec out;
    out.kernel = kernels.lookup(launch.getKernel());
    out.results = launch.getNumResults();
    out.workspaceOffset = launch.getWorkspace().value_or(0);
    out.layer = launch.getLayer().value_or("").str();
    SmallVector<Value> values(launch.getInputs());
    llvm::append_range(values, launch.getOutputs());
    for (Value value : values) {
      FailureOr<runtime::Place> place = placeOf(getViewSource(value));
      if (failed(place))
        return failure();
      out.args.push_back(*place);
    }
    spec.launches.push_back(std::move(out));
  }
  return success();
}

LogicalResult Translator::addOutputs() {
  Operation *terminator = entry.getBody().front().getTerminator();
  for (auto [i, source] : llvm::enumerate(plan.returned)) {
    auto name = entry.getResultAttrOfType<StringAttr>(i, attrs::output);
    if (!name)
      continue;
    runtime::OutputSpec output;
    if (failed(
            describe(entry, name, terminator->getOperand(i).getType(), output)))
      return failure();
    FailureOr<runtime::Place> place = placeOf(source);
    if (failed(place))
      return failure();
    output.place = *place;
    spec.outputs.push_back(std::move(output));
  }
  return success();
}

/// What a range of the arena is for, as the memory timeline shows it.
std::string Translator::getBufferKind(const PlannedBuffer &buffer) {
  switch (buffer.kind) {
  case PlannedBuffer::Kind::Input:
    return "input";
  case PlannedBuffer::Kind::Scalar:
    return "scalar";
  case PlannedBuffer::Kind::Workspace:
    return "workspace";
  case PlannedBuffer::Kind::Result:
    break;
  }
  if (llvm::any_of(buffer.value.getUsers(),
                   [](Operation *user) { return isa<SaveOp>(user); }))
    return "saved";
  for (auto [i, source] : llvm::enumerate(plan.returned)) {
    if (source != buffer.value)
      continue;
    auto name = entry.getResultAttrOfType<StringAttr>(i, attrs::output);
    return name && name.getValue().starts_with("gradient:") ? "gradient"
                                                            : "output";
  }
  return "temporary";
}

void Translator::addBuffers() {
  for (const PlannedBuffer &buffer : plan.getBuffers(spec.threads)) {
    runtime::BufferSpec out;
    out.kind = getBufferKind(buffer);
    out.bytes = buffer.bytes;
    out.first = buffer.first;
    out.last = buffer.last;
    LaunchOp launch = buffer.launch;
    if (auto argument = dyn_cast_if_present<BlockArgument>(buffer.value)) {
      unsigned number = argument.getArgNumber();
      StringAttr name = getName(entry, number, attrs::input);
      out.name = (name ? name : getName(entry, number, attrs::scalar)).str();
      out.offset =
          entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset).getInt();
    } else {
      out.name = launch.getLayer().value_or(launch.getKernel()).str();
      out.offset = buffer.value ? placeOf(buffer.value)->value
                                : launch.getWorkspace().value_or(0);
    }
    spec.buffers.push_back(std::move(out));
  }
}

void Translator::addSaved() {
  for (const SavedValue &value : getSavedValues(entry)) {
    SaveOp op = value.op;
    spec.saved.push_back({op.getLayer().str(), op.getRule().str(), value.bytes,
                          int64_t(op.getExactBytes()),
                          value.isShared ? value.sharedWith.str() : ""});
  }
}

FailureOr<runtime::EntrySpec> Translator::run() {
  spec.name = entry.getName().str();
  spec.arenaBytes = getInteger(attrs::arenaBytes);
  spec.lowerBoundBytes = getInteger(attrs::lowerBoundBytes);
  spec.threads = getInteger(attrs::threads);
  if (failed(addArguments()) || failed(addLaunches()) || failed(addOutputs()))
    return failure();
  addBuffers();
  addSaved();
  return std::move(spec);
}

FailureOr<runtime::EntrySpec>
mlir::auxact::translatePlan(func::FuncOp entry,
                            const std::vector<runtime::StateSpec> &state) {
  if (!entry->hasAttr(attrs::arenaBytes))
    return entry.emitOpError("has no plan yet; run -auxact-plan-arena");
  FailureOr<LaunchPlan> plan = LaunchPlan::get(entry);
  if (failed(plan))
    return failure();
  return Translator(*plan, state).run();
}
