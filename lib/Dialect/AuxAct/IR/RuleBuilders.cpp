//===- RuleBuilders.cpp - What several rules build ------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "RuleBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace mlir::auxact;

Value mlir::auxact::buildReshaped(OpBuilder &builder, Location loc, Value value,
                                  ArrayRef<int64_t> shape) {
  RankedTensorType type = tensorTypeOf(value);
  if (type.getShape() == shape)
    return value;
  return ReshapeOp::create(builder, loc,
                           RankedTensorType::get(shape, type.getElementType()),
                           value, StringAttr());
}

Value mlir::auxact::buildSafeRatio(OpBuilder &builder, Location loc, Value a,
                                   Value b) {
  return buildElementwise(
      builder, loc, tensorTypeOf(a), {a, b},
      [](OpBuilder &bb, Location l, ValueRange args) -> Value {
        Value zero = floatConstant(bb, l, args[0].getType(), 0.0);
        Value none = arith::CmpFOp::create(bb, l, arith::CmpFPredicate::OEQ,
                                           args[1], zero);
        Value ratio = arith::DivFOp::create(bb, l, args[0], args[1]);
        return arith::SelectOp::create(bb, l, none, zero, ratio);
      });
}

SmallVector<Value> mlir::auxact::buildReductions(
    OpBuilder &builder, Location loc, ValueRange inputs, int64_t dim,
    ReductionKind kind, unsigned count, ScalarsBody body) {
  RankedTensorType type = tensorTypeOf(inputs.front());
  int64_t rank = type.getRank();
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + dim);
  SmallVector<AffineExpr> kept;
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim)
      kept.push_back(builder.getAffineDimExpr(i));
  AffineMap keptMap = AffineMap::get(rank, 0, kept, builder.getContext());
  SmallVector<AffineMap> maps;
  for (Value input : inputs)
    maps.push_back(tensorTypeOf(input).getRank() == rank
                       ? builder.getMultiDimIdentityMap(rank)
                       : keptMap);
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[dim] = utils::IteratorType::reduction;
  double neutral = kind == ReductionKind::Add
                       ? 0.0
                       : -std::numeric_limits<double>::infinity();
  Type element = type.getElementType();
  SmallVector<Value> inits;
  SmallVector<Type> types;
  for (unsigned i = 0; i < count; ++i) {
    Value empty = tensor::EmptyOp::create(builder, loc, shape, element);
    Value first = floatConstant(builder, loc, element, neutral);
    inits.push_back(
        linalg::FillOp::create(builder, loc, first, empty).getResult(0));
    types.push_back(inits.back().getType());
    maps.push_back(keptMap);
  }
  auto generic = linalg::GenericOp::create(
      builder, loc, types, inputs, inits, maps, iterators,
      [&](OpBuilder &b, Location l, ValueRange args) {
        SmallVector<Value> elements = body(b, l, args.drop_back(count));
        SmallVector<Value> combined;
        for (auto [sum, value] : llvm::zip(args.take_back(count), elements))
          combined.push_back(
              kind == ReductionKind::Add
                  ? arith::AddFOp::create(b, l, sum, value).getResult()
                  : arith::MaximumFOp::create(b, l, sum, value).getResult());
        linalg::YieldOp::create(b, l, combined);
      });
  return SmallVector<Value>(generic.getResults());
}

SmallVector<Value> mlir::auxact::buildSums(OpBuilder &builder, Location loc,
                                           Value input, unsigned count,
                                           ScalarsBody body) {
  Value matrix = buildAsMatrix(builder, loc, input);
  SmallVector<Value> sums =
      buildReductions(builder, loc, matrix, tensorTypeOf(matrix).getRank() - 1,
                      ReductionKind::Add, count, body);
  if (tensorTypeOf(matrix).getRank() == 1)
    return sums;
  return buildReductions(builder, loc, sums, /*dim=*/0, ReductionKind::Add,
                         count, [](OpBuilder &, Location, ValueRange args) {
                           return SmallVector<Value>(args);
                         });
}

Value mlir::auxact::buildFeatureMean(OpBuilder &builder, Location loc,
                                     Value activation) {
  Value matrix = buildAsMatrix(builder, loc, activation);
  RankedTensorType type = tensorTypeOf(matrix);
  Value sum = buildReduction(
      builder, loc, matrix, /*dim=*/0, ReductionKind::Add,
      [](OpBuilder &, Location, ValueRange args) { return args[0]; });
  return buildScale(builder, loc, sum,
                    buildScalarConstant(builder, loc, type.getElementType(),
                                        1.0 / type.getDimSize(0)));
}

Value mlir::auxact::buildView(
    OpBuilder &builder, Location loc, Value input, ArrayRef<int64_t> shape,
    llvm::function_ref<SmallVector<AffineExpr>(AffineExpr, AffineExpr)> at) {
  SmallVector<AffineExpr> exprs =
      at(builder.getAffineDimExpr(0), builder.getAffineDimExpr(1));
  AffineMap map = AffineMap::get(shape.size(), 0, exprs, builder.getContext());
  auto type =
      RankedTensorType::get(shape, tensorTypeOf(input).getElementType());
  return AffineViewOp::create(builder, loc, type, input, DenseI64ArrayAttr(),
                              AffineMapAttr::get(map), IntegerSetAttr());
}

LogicalResult mlir::auxact::verifyFeaturesAreLast(Operation *op,
                                                  StringRef rule) {
  auto layer = cast<ParameterizedLayerOpInterface>(op);
  RankedTensorType type = tensorTypeOf(layer.getActivationMutable().get());
  if (layer.getFeatureDim() == type.getRank() - 1)
    return success();
  return op->emitOpError()
         << "has the rule '" << rule
         << "', which expects the features along the last dimension of the "
            "input, but here they are dimension "
         << layer.getFeatureDim() << " of " << type
         << "; use 'residual' without it on this layer";
}

Value mlir::auxact::buildUniformActivation(OpBuilder &builder, Operation *op,
                                           Value mean) {
  auto layer = cast<ParameterizedLayerOpInterface>(op);
  RankedTensorType type = tensorTypeOf(layer.getActivationMutable().get());
  int64_t dim = layer.getFeatureDim();
  // Dimensions after the features are columns of their own.
  int64_t after =
      ShapedType::getNumElements(type.getShape().drop_front(dim + 1));
  int64_t features = type.getDimSize(dim);
  auto identity = [](OpBuilder &, Location, ValueRange args) {
    return args.front();
  };
  Location loc = op->getLoc();
  Value result;
  if (after == 1) {
    result = buildElementwise(
        builder, loc,
        RankedTensorType::get({type.getNumElements() / features, features},
                              type.getElementType()),
        mean, identity);
  } else {
    Value plane = buildElementwise(
        builder, loc,
        RankedTensorType::get({features, after}, type.getElementType()), mean,
        identity, /*broadcastTrailing=*/true);
    int64_t columns = features * after;
    result = buildElementwise(
        builder, loc,
        RankedTensorType::get({type.getNumElements() / columns, columns},
                              type.getElementType()),
        buildReshaped(builder, loc, plane, {columns}), identity);
  }
  return buildReshaped(builder, loc, result, type.getShape());
}

SmallVector<RuleState> mlir::auxact::getMeanState(RankedTensorType type) {
  return {
      {"mean",
       RankedTensorType::get({type.getShape().back()}, type.getElementType()),
       0.0}};
}

Value mlir::auxact::buildPlusRow(OpBuilder &builder, Location loc, Value tensor,
                                 Value row) {
  return buildElementwise(
      builder, loc, tensorTypeOf(tensor), {tensor, row},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::AddFOp::create(b, l, args[0], args[1]);
      });
}
