//===- AccumulateGradients.cpp - Sums of gradients over micro-batches -----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Keep sums of gradients in the state, over the micro-batches of a step.
//
//===----------------------------------------------------------------------===//

#include "GradientResults.h"

#include "auxact/Dialect/AuxAct/IR/AuxActDialect.h"
#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ACCUMULATEGRADIENTS
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

namespace {

struct AccumulateGradients
    : auxact::impl::AccumulateGradientsBase<AccumulateGradients> {
  using AccumulateGradientsBase::AccumulateGradientsBase;

  void runOnOperation() override;

private:
  Value add(OpBuilder &builder, Value sum, Value gradient);
  SmallVector<Value> finishSum(OpBuilder &builder, Value sum, Value gradient,
                               Value batches);
};

} // namespace

/// sum + gradient.
Value AccumulateGradients::add(OpBuilder &builder, Value sum, Value gradient) {
  return buildElementwise(
      builder, gradient.getLoc(), cast<RankedTensorType>(gradient.getType()),
      {sum, gradient},
      [](OpBuilder &inner, Location loc, ValueRange args) -> Value {
        return arith::AddFOp::create(inner, loc, args[0], args[1]);
      });
}

/// The mean (sum + gradient) / batches, and the zeros that the next sum starts
/// from: in one kernel, which writes them over the old sum.
SmallVector<Value> AccumulateGradients::finishSum(OpBuilder &builder, Value sum,
                                                  Value gradient,
                                                  Value batches) {
  auto type = cast<RankedTensorType>(gradient.getType());
  return buildElementwiseResults(
      builder, gradient.getLoc(), {type, type}, {sum, gradient, batches},
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        Value total = arith::AddFOp::create(inner, loc, args[0], args[1]);
        Value mean = arith::DivFOp::create(inner, loc, total, args[2]);
        return SmallVector<Value>{
            mean, floatConstant(inner, loc, type.getElementType(), 0.0)};
      });
}

void AccumulateGradients::runOnOperation() {
  func::FuncOp func = getOperation();
  if (func.isDeclaration() || func->hasAttr(attrs::kernel))
    return;
  FailureOr<SmallVector<GradientResult>> gradients = findGradients(func);
  if (failed(gradients))
    return signalPassFailure();

  Builder attributes(&getContext());
  Operation *terminator = func.getBody().front().getTerminator();
  OpBuilder builder(terminator);
  auto addArgument = [&](Type type, ArrayRef<NamedAttribute> attrs) -> Value {
    unsigned index = func.getNumArguments();
    (void)func.insertArgument(
        index, type, DictionaryAttr::get(&getContext(), attrs), func.getLoc());
    return func.getArgument(index);
  };
  Value batches;
  if (finish)
    batches = addArgument(
        RankedTensorType::get({}, builder.getF32Type()),
        attributes.getNamedAttr(attrs::scalar,
                                attributes.getStringAttr("micro_batches")));

  SmallVector<Value> results(terminator->getOperands());
  SmallVector<DictionaryAttr> resultAttrs;
  for (unsigned i = 0; i < func.getNumResults(); ++i)
    resultAttrs.push_back(attributes.getDictionaryAttr(func.getResultAttrs(i)));
  for (const GradientResult &gradient : *gradients) {
    Value sum = addArgument(
        gradient.value.getType(),
        {attributes.getNamedAttr(
             attrs::state,
             attributes.getStringAttr(gradient.name + ".gradient_sum")),
         attributes.getNamedAttr(attrs::init,
                                 attributes.getF32FloatAttr(0.0f))});
    unsigned argument = cast<BlockArgument>(sum).getArgNumber();
    unsigned replacement = gradient.result;
    if (finish) {
      // The mean takes the gradient's place; the zeros are one more result.
      SmallVector<Value> made =
          finishSum(builder, sum, gradient.value, batches);
      results[gradient.result] = made[0];
      replacement = results.size();
      results.push_back(made[1]);
      resultAttrs.push_back(attributes.getDictionaryAttr({}));
    } else {
      results[gradient.result] = add(builder, sum, gradient.value);
      resultAttrs[gradient.result] = attributes.getDictionaryAttr({});
    }
    func.setArgAttr(argument, attrs::replacedBy,
                    attributes.getI64IntegerAttr(replacement));
  }
  terminator->setOperands(results);
  func.setFunctionType(attributes.getFunctionType(
      func.getArgumentTypes(), ValueRange(results).getTypes()));
  func.setAllResultAttrs(resultAttrs);
}
