//===- Indicators.cpp - How far a rule follows backpropagation ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Indicators.h"

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;
using namespace mlir::auxact;

Value mlir::auxact::buildIndicator(OpBuilder &builder, Location loc,
                                   Value input, Value auxiliary) {
  Value h = buildAsMatrix(builder, loc, input);
  Value a = buildAsMatrix(builder, loc, auxiliary);
  Value dot =
      buildReduction(builder, loc, {a, h}, /*dim=*/1, ReductionKind::Add,
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       Value twice =
                           arith::AddFOp::create(b, l, args[1], args[1]);
                       Value rest = arith::SubFOp::create(b, l, twice, args[0]);
                       return arith::MulFOp::create(b, l, args[0], rest);
                     });
  Value norm =
      buildReduction(builder, loc, h, /*dim=*/1, ReductionKind::Add,
                     [](OpBuilder &b, Location l, ValueRange args) -> Value {
                       return arith::MulFOp::create(b, l, args[0], args[0]);
                     });
  return buildElementwise(
      builder, loc, cast<RankedTensorType>(dot.getType()), {dot, norm},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value small = floatConstant(b, l, args[1].getType(), 1e-6);
        return arith::DivFOp::create(
            b, l, args[0], arith::AddFOp::create(b, l, args[1], small));
      });
}

Value mlir::auxact::buildCosine(OpBuilder &builder, Location loc, Value u,
                                Value v) {
  auto product = [](OpBuilder &b, Location l, ValueRange args) -> Value {
    return arith::MulFOp::create(b, l, args.front(), args.back());
  };
  Value uv = buildSum(builder, loc, {u, v}, product);
  Value uu = buildSum(builder, loc, u, product);
  Value vv = buildSum(builder, loc, v, product);
  return buildElementwise(
      builder, loc, cast<RankedTensorType>(uv.getType()), {uv, uu, vv},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        Value lengths =
            arith::MulFOp::create(b, l, math::SqrtOp::create(b, l, args[1]),
                                  math::SqrtOp::create(b, l, args[2]));
        Value zero = floatConstant(b, l, args[0].getType(), 0.0);
        Value none = arith::CmpFOp::create(b, l, arith::CmpFPredicate::OEQ,
                                           lengths, zero);
        Value cosine = arith::DivFOp::create(b, l, args[0], lengths);
        return arith::SelectOp::create(b, l, none, zero, cosine);
      });
}
