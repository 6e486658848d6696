//===- RandomSource.cpp - Where random numbers come from ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/Transforms/RandomSource.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"

using namespace mlir;
using namespace mlir::auxact;

static constexpr StringLiteral operationPrefix = "operation:";

BlockArgument mlir::auxact::findScalar(func::FuncOp func, StringRef name) {
  for (BlockArgument argument : func.getArguments()) {
    auto found = func.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                   attrs::scalar);
    if (found && found.getValue() == name)
      return argument;
  }
  return {};
}

static BlockArgument appendScalar(func::FuncOp func,
                                  ArrayRef<NamedAttribute> attributes) {
  Builder builder(func.getContext());
  unsigned index = func.getNumArguments();
  (void)func.insertArgument(
      index, RankedTensorType::get({}, builder.getI32Type()),
      builder.getDictionaryAttr(attributes), func.getLoc());
  return func.getArgument(index);
}

SmallVector<Value> mlir::auxact::appendRandomSource(func::FuncOp func) {
  Builder builder(func.getContext());
  SmallVector<Value> source;
  for (StringRef name : {"seed", "step"}) {
    BlockArgument scalar = findScalar(func, name);
    if (!scalar)
      scalar =
          appendScalar(func, builder.getNamedAttr(attrs::scalar,
                                                  builder.getStringAttr(name)));
    source.push_back(scalar);
  }
  int64_t number = 0;
  for (unsigned i = 0; i < func.getNumArguments(); ++i) {
    auto name = func.getArgAttrOfType<StringAttr>(i, attrs::scalar);
    if (name && name.getValue().starts_with(operationPrefix))
      ++number;
  }
  source.push_back(appendScalar(
      func,
      {builder.getNamedAttr(
           attrs::scalar,
           builder.getStringAttr(operationPrefix + Twine(number))),
       builder.getNamedAttr(attrs::value, builder.getI64IntegerAttr(number))}));
  return source;
}
