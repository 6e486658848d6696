//===- CollectState.cpp - Lay out the state of a program ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Lay out the parameters, buffers and states of entries in one block.
//
//===----------------------------------------------------------------------===//

#include "ElementTypes.h"

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"
#include "auxact/Program/TranslatePlan.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace mlir::auxact;
namespace runtime = ::auxact::runtime;

/// Optimizers name what they keep after the parameter that it belongs to; other
/// state belongs to a rule.
static std::string getStateKind(func::FuncOp entry, unsigned argument,
                                StringRef name) {
  if (entry.getArgAttr(argument, attrs::parameter))
    return "parameter";
  if (entry.getArgAttr(argument, attrs::buffer))
    return "buffer";
  for (unsigned i = 0; i < entry.getNumArguments(); ++i)
    if (auto parameter =
            entry.getArgAttrOfType<StringAttr>(i, attrs::parameter))
      if (name.starts_with((parameter.getValue() + ".").str()))
        return "optimizer";
  return "rule";
}

llvm::Expected<int64_t>
mlir::auxact::collectState(func::FuncOp entry,
                           std::vector<runtime::StateSpec> &state,
                           int64_t alignment) {
  int64_t end = 0;
  for (const runtime::StateSpec &known : state)
    end =
        std::max(end, runtime::alignUp(known.offset + known.bytes, alignment));
  for (BlockArgument argument : entry.getArguments()) {
    unsigned number = argument.getArgNumber();
    StringAttr name = getStateName(entry, number);
    if (!name)
      continue;
    auto type = cast<RankedTensorType>(argument.getType());
    std::optional<runtime::DType> dtype = getDType(type.getElementType());
    if (!dtype)
      return llvm::createStringError(
          "the state '" + name.getValue().str() +
          "' has elements of a type that the runtime does not know; expected "
          "f32, bf16, f64, i8, i32 or i64");
    runtime::StateSpec spec;
    spec.name = name.getValue().str();
    spec.kind = getStateKind(entry, number, name.getValue());
    spec.dtype = *dtype;
    spec.shape = type.getShape().vec();
    spec.bytes = getStoredBytes(type);
    if (auto fill = entry.getArgAttrOfType<FloatAttr>(number, attrs::init))
      spec.fill = fill.getValueAsDouble();
    auto known = llvm::find_if(state, [&](const runtime::StateSpec &other) {
      return other.name == spec.name;
    });
    if (known != state.end()) {
      if (known->dtype == spec.dtype && known->shape == spec.shape)
        continue;
      return llvm::createStringError(
          "the state '" + spec.name + "' is " +
          runtime::describeArray(known->dtype, known->shape) +
          " in one entry, but " +
          runtime::describeArray(spec.dtype, spec.shape) + " in '" +
          entry.getName().str() + "'");
    }
    spec.offset = end;
    end += runtime::alignUp(spec.bytes, alignment);
    state.push_back(std::move(spec));
  }
  return end;
}
