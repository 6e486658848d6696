//===- MatrixBody.cpp - Computations on matrices and statistics -----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "MatrixBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::auxact;

Value mlir::auxact::buildMean(OpBuilder &builder, Location loc, Value sum,
                              int64_t count) {
  return buildScale(builder, loc, sum,
                    buildScalarConstant(builder, loc,
                                        asTensor(sum).getElementType(),
                                        1.0 / double(count)));
}

Value mlir::auxact::buildShaped(OpBuilder &builder, Location loc, Value value,
                                ArrayRef<int64_t> shape) {
  return ReshapeOp::create(
      builder, loc,
      RankedTensorType::get(shape, asTensor(value).getElementType()), value,
      StringAttr());
}

Value mlir::auxact::buildGroups(OpBuilder &builder, Location loc, Value value,
                                int64_t groups) {
  int64_t samples = asTensor(value).getDimSize(0);
  int64_t columns = asTensor(value).getDimSize(1);
  return buildShaped(builder, loc, value, {samples * groups, columns / groups});
}

int64_t mlir::auxact::chooseSegment(RankedTensorType matrix) {
  constexpr int64_t segmentElements = 32768, fewRows = 256;
  int64_t rows = matrix.getDimSize(0), columns = matrix.getDimSize(1);
  int64_t most = std::max<int64_t>(segmentElements / columns, 16);
  if (rows < fewRows || rows < 2 * most)
    return 0;
  for (int64_t segment = most; segment >= std::max<int64_t>(most / 8, 2);
       --segment)
    if (rows % segment == 0)
      return segment;
  return 0;
}

Value mlir::auxact::buildSegments(OpBuilder &builder, Location loc,
                                  Value matrix, int64_t segment) {
  RankedTensorType type = asTensor(matrix);
  return ReshapeOp::create(builder, loc,
                           RankedTensorType::get({type.getDimSize(0) / segment,
                                                  segment, type.getDimSize(1)},
                                                 type.getElementType()),
                           matrix, StringAttr());
}

int MatrixBody::add(Value value, Statistic kind) {
  if (!value)
    return -1;
  int64_t rank = asTensor(value).getRank();
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < rank; ++i) {
    bool leading = kind == Statistic::OfRow ||
                   (kind == Statistic::OfSampleColumn && i == 0);
    exprs.push_back(
        builder.getAffineDimExpr(leading ? i : getRank() - rank + i));
  }
  maps.push_back(AffineMap::get(getRank(), 0, exprs, builder.getContext()));
  inputs.push_back(value);
  return inputs.size() - 1;
}

Value MatrixBody::build(ScalarBody body) {
  SmallVector<AffineMap> all(maps);
  all.push_back(builder.getMultiDimIdentityMap(getRank()));
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                       type.getElementType());
  SmallVector<utils::IteratorType> iterators(getRank(),
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, TypeRange(type), inputs, init, all, iterators,
             [&](OpBuilder &b, Location l, ValueRange args) {
               linalg::YieldOp::create(b, l, body(b, l, args.drop_back()));
             })
      .getResult(0);
}

Value MatrixBody::sum(int64_t dim, ScalarBody body) {
  SmallVector<AffineMap> all(maps);
  AffineMap identityMap = builder.getMultiDimIdentityMap(getRank());
  all.push_back(identityMap.dropResult(dim));
  SmallVector<utils::IteratorType> iterators(getRank(),
                                             utils::IteratorType::parallel);
  iterators[dim] = utils::IteratorType::reduction;
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + dim);
  Type element = type.getElementType();
  Value empty = tensor::EmptyOp::create(builder, loc, shape, element);
  Value zero =
      linalg::FillOp::create(builder, loc,
                             floatConstant(builder, loc, element, 0.0), empty)
          .getResult(0);
  return linalg::GenericOp::create(
             builder, loc, TypeRange(zero.getType()), inputs, zero, all,
             iterators,
             [&](OpBuilder &b, Location l, ValueRange args) {
               Value next = arith::AddFOp::create(b, l, args.back(),
                                                  body(b, l, args.drop_back()));
               linalg::YieldOp::create(b, l, next);
             })
      .getResult(0);
}
