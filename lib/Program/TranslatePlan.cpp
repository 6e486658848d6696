//===- TranslatePlan.cpp - From a planned entry to the runtime's *- C++ ---===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// From a planned entry, in the compiler's form, to what the runtime replays.
//
//===----------------------------------------------------------------------===//

#include "auxact/Program/TranslatePlan.h"

#include "ElementTypes.h"
#include "Timeline.h"

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

namespace {

/// Goes through one entry: arguments first, which say where values begin.
class PlanTranslator {
public:
  PlanTranslator(const LaunchPlan &plan,
                 const std::vector<runtime::StateSpec> &state)
      : plan(plan), state(state), entry(plan.entry) {}

  FailureOr<runtime::EntrySpec> run();

private:
  LogicalResult addArgument(BlockArgument argument);
  FailureOr<runtime::Place> getPlace(Value value);
  LogicalResult addLaunch(LaunchOp launch);
  LogicalResult addOutput(unsigned result);
  FailureOr<int64_t> getStateOffset(StringRef name);
  FailureOr<int64_t> getNumber(StringRef name);
  FailureOr<runtime::DType> getElementType(Type type, const Twine &what);

  const LaunchPlan &plan;
  const std::vector<runtime::StateSpec> &state;
  func::FuncOp entry;
  runtime::EntrySpec spec;
  /// Where launch results and arguments lie.
  llvm::DenseMap<Value, runtime::Place> places;
  llvm::DenseMap<StringAttr, int64_t> kernels;
};

} // namespace

FailureOr<int64_t> PlanTranslator::getStateOffset(StringRef name) {
  for (const runtime::StateSpec &array : state)
    if (array.name == name)
      return array.offset;
  return entry.emitOpError()
         << "uses the state '" << name << "', which the program does not have";
}

FailureOr<int64_t> PlanTranslator::getNumber(StringRef name) {
  if (auto number = entry->getAttrOfType<IntegerAttr>(name))
    return number.getInt();
  return entry.emitOpError()
         << "has no '" << name << "'; plan it first (-auxact-plan-arena)";
}

FailureOr<runtime::DType> PlanTranslator::getElementType(Type type,
                                                         const Twine &what) {
  if (auto dtype = getDType(cast<RankedTensorType>(type).getElementType()))
    return *dtype;
  return entry.emitOpError()
         << "has the " << what << " of type " << type
         << "; the runtime knows elements of f32, bf16, f64, i8, i32 and "
            "i64";
}

LogicalResult PlanTranslator::addArgument(BlockArgument argument) {
  unsigned number = argument.getArgNumber();
  if (StringAttr name = getStateName(entry, number)) {
    FailureOr<int64_t> offset = getStateOffset(name.getValue());
    if (failed(offset))
      return failure();
    places[argument] = {runtime::Place::State, *offset};
    return success();
  }
  auto offset = entry.getArgAttrOfType<IntegerAttr>(number, attrs::offset);
  if (!offset)
    return entry.emitOpError()
           << "has no 'auxact.offset' on argument " << number;
  auto type = cast<RankedTensorType>(argument.getType());
  if (auto name = entry.getArgAttrOfType<StringAttr>(number, attrs::scalar)) {
    FailureOr<runtime::DType> dtype =
        getElementType(type, "scalar '" + name.getValue() + "'");
    if (failed(dtype))
      return failure();
    runtime::ScalarSpec scalar{name.getValue().str(), *dtype, offset.getInt()};
    if (auto value = entry.getArgAttrOfType<IntegerAttr>(number, attrs::value))
      scalar.value = double(value.getInt());
    spec.scalars.push_back(std::move(scalar));
    places[argument] = {runtime::Place::Arena, offset.getInt()};
    return success();
  }
  auto name = entry.getArgAttrOfType<StringAttr>(number, attrs::input);
  FailureOr<runtime::DType> dtype =
      getElementType(type, "input '" + name.getValue() + "'");
  if (failed(dtype))
    return failure();
  int64_t classes = 0;
  if (auto noted = entry.getArgAttrOfType<IntegerAttr>(number, attrs::classes))
    classes = noted.getInt();
  std::optional<int64_t> ignored;
  if (auto noted = entry.getArgAttrOfType<IntegerAttr>(number, attrs::ignored))
    ignored = noted.getInt();
  places[argument] = {runtime::Place::Input,
                      static_cast<int64_t>(spec.inputs.size())};
  spec.inputs.push_back({name.getValue().str(), *dtype, type.getShape().vec(),
                         getStoredBytes(type), offset.getInt(), classes,
                         bool(entry.getArgAttr(number, attrs::label)),
                         ignored});
  return success();
}

/// Where the bytes begin that `value` shows.
FailureOr<runtime::Place> PlanTranslator::getPlace(Value value) {
  runtime::Place place = places.lookup(getViewSource(value));
  int64_t offset = getViewOffset(value);
  if (offset == 0)
    return place;
  // Inputs are used where the caller has them, whole.
  if (place.kind == runtime::Place::Input)
    return entry.emitOpError()
           << "reads rows of an input from byte " << offset
           << " on; expected those of a parameter or of what a launch made";
  place.value += offset;
  return place;
}

LogicalResult PlanTranslator::addLaunch(LaunchOp launch) {
  auto kernel = kernels.find(launch.getKernelAttr().getAttr());
  if (kernel == kernels.end())
    return launch.emitOpError() << "launches '" << launch.getKernel()
                                << "', which is not marked as a kernel";
  if (!launch.getPlacements())
    return launch.emitOpError(
        "has no placements; plan it first (-auxact-plan-arena)");
  runtime::LaunchSpec result;
  result.kernel = kernel->second;
  for (Value input : launch.getInputs()) {
    FailureOr<runtime::Place> place = getPlace(input);
    if (failed(place))
      return failure();
    result.args.push_back(*place);
  }
  for (auto [value, attribute] :
       llvm::zip_equal(launch.getOutputs(), *launch.getPlacements())) {
    auto placement = cast<PlaceAttr>(attribute);
    runtime::Place place{runtime::Place::Arena, placement.getOffset()};
    if (placement.getRegion() == mlir::auxact::Region::State) {
      FailureOr<int64_t> offset = getStateOffset(placement.getState());
      if (failed(offset))
        return failure();
      place = {runtime::Place::State, *offset};
    }
    places[value] = place;
    result.args.push_back(place);
  }
  result.results = launch.getNumResults();
  result.workspaceOffset = launch.getWorkspace().value_or(0);
  result.layer = launch.getLayer().value_or("").str();
  spec.launches.push_back(std::move(result));
  return success();
}

LogicalResult PlanTranslator::addOutput(unsigned result) {
  auto name = entry.getResultAttrOfType<StringAttr>(result, attrs::output);
  if (!name)
    return success();
  auto type = cast<RankedTensorType>(entry.getResultTypes()[result]);
  FailureOr<runtime::DType> dtype =
      getElementType(type, "output '" + name.getValue() + "'");
  if (failed(dtype))
    return failure();
  FailureOr<runtime::Place> place =
      getPlace(entry.getBody().front().getTerminator()->getOperand(result));
  if (failed(place))
    return failure();
  spec.outputs.push_back({name.getValue().str(), *dtype, type.getShape().vec(),
                          getStoredBytes(type), *place});
  return success();
}

FailureOr<runtime::EntrySpec> PlanTranslator::run() {
  spec.name = entry.getName().str();
  for (auto func : entry->getParentOfType<ModuleOp>().getOps<func::FuncOp>())
    if (func->hasAttr(attrs::kernel))
      kernels.try_emplace(func.getSymNameAttr(), kernels.size());
  for (BlockArgument argument : entry.getArguments())
    if (failed(addArgument(argument)))
      return failure();
  for (LaunchOp launch : plan.launches)
    if (failed(addLaunch(launch)))
      return failure();
  for (unsigned i = 0; i < entry.getNumResults(); ++i)
    if (failed(addOutput(i)))
      return failure();
  spec.saved = describeSavedValues(entry);
  FailureOr<int64_t> arenaBytes = getNumber(attrs::arenaBytes);
  FailureOr<int64_t> lowerBound = getNumber(attrs::lowerBoundBytes);
  FailureOr<int64_t> threads = getNumber(attrs::threads);
  if (failed(arenaBytes) || failed(lowerBound) || failed(threads))
    return failure();
  spec.arenaBytes = *arenaBytes;
  spec.lowerBoundBytes = *lowerBound;
  spec.threads = *threads;
  if (!spec.inputs.empty() && !spec.inputs.front().shape.empty())
    spec.batch = spec.inputs.front().shape.front();
  spec.buffers = describeBuffers(plan, *threads);
  return std::move(spec);
}

FailureOr<runtime::EntrySpec>
mlir::auxact::translatePlan(func::FuncOp entry,
                            const std::vector<runtime::StateSpec> &state) {
  FailureOr<LaunchPlan> plan = LaunchPlan::get(entry);
  if (failed(plan))
    return failure();
  return PlanTranslator(*plan, state).run();
}
