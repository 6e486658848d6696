//===- GradientResults.cpp - The gradients that a function returns --------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The gradients that a function returns.
//
//===----------------------------------------------------------------------===//

#include "GradientResults.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::auxact;

static constexpr llvm::StringLiteral gradientPrefix = "gradient:";

StringRef mlir::auxact::getGradientName(func::FuncOp func, unsigned index) {
  auto output = func.getResultAttrOfType<StringAttr>(index, attrs::output);
  if (!output || !output.getValue().starts_with(gradientPrefix))
    return "";
  return output.getValue().drop_front(gradientPrefix.size());
}

FailureOr<SmallVector<GradientResult>>
mlir::auxact::findGradients(func::FuncOp func) {
  llvm::StringMap<BlockArgument> parameters;
  for (BlockArgument argument : func.getArguments())
    if (auto name = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                      attrs::parameter))
      parameters[name.getValue()] = argument;
  Operation *terminator = func.getBody().front().getTerminator();
  SmallVector<GradientResult> gradients;
  for (unsigned i = 0; i < func.getNumResults(); ++i) {
    StringRef name = getGradientName(func, i);
    if (name.empty())
      continue;
    BlockArgument parameter = parameters.lookup(name);
    if (!parameter)
      return func.emitError()
             << "result " << i << " is the gradient of '" << name
             << "', but no argument is marked `auxact.parameter = \"" << name
             << "\"`";
    Value gradient = terminator->getOperand(i);
    if (gradient.getType() != parameter.getType())
      return func.emitError()
             << "expected the gradient of '" << name << "' to have its type "
             << parameter.getType() << ", but it is " << gradient.getType();
    gradients.push_back({name, i, gradient, parameter});
  }
  if (gradients.empty())
    return func.emitOpError("returns no gradient to update a parameter by; run "
                            "-auxact-differentiate first");
  return gradients;
}
