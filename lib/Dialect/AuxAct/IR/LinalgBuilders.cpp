//===- LinalgBuilders.cpp - Small linalg computations on tensors ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <limits>

using namespace mlir;
using namespace mlir::auxact;

Value mlir::auxact::floatConstant(OpBuilder &builder, Location loc, Type type,
                                  double value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getFloatAttr(type, value));
}

Value mlir::auxact::buildIsInteger(OpBuilder &builder, Location loc,
                                   Value value, IntegerAttr number) {
  Value constant = arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(value.getType(), number.getInt()));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, value,
                               constant);
}

static Value buildReshape(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  return ReshapeOp::create(builder, loc,
                           RankedTensorType::get(shape, type.getElementType()),
                           value, StringAttr());
}

static RankedTensorType withShape(RankedTensorType type,
                                  ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, type.getElementType());
}

/// The elementwise computation with all leading dimensions collapsed into rows.
/// An input of lower rank is one value a column (a bias), one a row, or one.
static SmallVector<Value> buildElementwiseAsMatrix(
    OpBuilder &builder, Location loc, ArrayRef<RankedTensorType> resultTypes,
    ValueRange inputs, ScalarsBody body, bool broadcastTrailing) {
  RankedTensorType type = resultTypes.front();
  int64_t columns = type.getShape().back();
  int64_t rows = type.getNumElements() / columns;
  SmallVector<Value> collapsed;
  for (Value input : inputs) {
    int64_t rank = cast<RankedTensorType>(input.getType()).getRank();
    if (rank == type.getRank())
      collapsed.push_back(buildReshape(builder, loc, input, {rows, columns}));
    else if (rank == 0 || !broadcastTrailing)
      collapsed.push_back(input);
    else
      collapsed.push_back(buildReshape(builder, loc, input, {rows}));
  }
  SmallVector<RankedTensorType> matrixTypes;
  for (RankedTensorType resultType : resultTypes)
    matrixTypes.push_back(withShape(resultType, {rows, columns}));
  SmallVector<Value> results = buildElementwiseResults(
      builder, loc, matrixTypes, collapsed, body, broadcastTrailing);
  for (Value &result : results)
    result = buildReshape(builder, loc, result, type.getShape());
  return results;
}

SmallVector<Value> mlir::auxact::buildElementwiseResults(
    OpBuilder &builder, Location loc, ArrayRef<RankedTensorType> resultTypes,
    ValueRange inputs, ScalarsBody body, bool broadcastTrailing) {
  int64_t rank = resultTypes.front().getRank();
  if (rank > 2)
    return buildElementwiseAsMatrix(builder, loc, resultTypes, inputs, body,
                                    broadcastTrailing);
  SmallVector<SmallVector<int64_t>> dims;
  for (Value input : inputs) {
    int64_t inputRank = cast<RankedTensorType>(input.getType()).getRank();
    int64_t first = broadcastTrailing ? 0 : rank - inputRank;
    dims.push_back(llvm::to_vector(llvm::seq(first, first + inputRank)));
  }
  return buildElementwiseResultsAt(builder, loc, resultTypes, inputs, dims,
                                   body);
}

SmallVector<Value> mlir::auxact::buildElementwiseResultsAt(
    OpBuilder &builder, Location loc, ArrayRef<RankedTensorType> resultTypes,
    ValueRange inputs, ArrayRef<SmallVector<int64_t>> dims, ScalarsBody body) {
  int64_t rank = resultTypes.front().getRank();
  SmallVector<AffineMap> maps;
  for (ArrayRef<int64_t> readAt : dims) {
    SmallVector<AffineExpr> exprs;
    for (int64_t dim : readAt)
      exprs.push_back(builder.getAffineDimExpr(dim));
    maps.push_back(AffineMap::get(rank, 0, exprs, builder.getContext()));
  }
  SmallVector<Type> types;
  SmallVector<Value> inits;
  for (RankedTensorType resultType : resultTypes) {
    maps.push_back(builder.getMultiDimIdentityMap(rank));
    types.push_back(resultType);
    inits.push_back(tensor::EmptyOp::create(builder, loc, resultType.getShape(),
                                            resultType.getElementType()));
  }
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  auto generic = linalg::GenericOp::create(
      builder, loc, types, inputs, inits, maps, iterators,
      [&](OpBuilder &b, Location l, ValueRange args) {
        linalg::YieldOp::create(b, l, body(b, l, args.drop_back(types.size())));
      });
  return SmallVector<Value>(generic.getResults());
}

Value mlir::auxact::buildElementwiseAt(OpBuilder &builder, Location loc,
                                       RankedTensorType resultType,
                                       ValueRange inputs,
                                       ArrayRef<SmallVector<int64_t>> dims,
                                       ScalarBody body) {
  return buildElementwiseResultsAt(
             builder, loc, resultType, inputs, dims,
             [&](OpBuilder &b, Location l, ValueRange args) {
               return SmallVector<Value>{body(b, l, args)};
             })
      .front();
}

Value mlir::auxact::buildElementwise(OpBuilder &builder, Location loc,
                                     RankedTensorType resultType,
                                     ValueRange inputs, ScalarBody body,
                                     bool broadcastTrailing) {
  return buildElementwiseResults(
             builder, loc, resultType, inputs,
             [&](OpBuilder &b, Location l, ValueRange args) {
               return SmallVector<Value>{body(b, l, args)};
             },
             broadcastTrailing)
      .front();
}

/// The reduction with what is before `dim` as one dimension, and what is after
/// it as another; those of extent 1 are left out.
static Value buildCollapsedReduction(OpBuilder &builder, Location loc,
                                     ValueRange inputs, int64_t dim,
                                     ReductionKind kind, ScalarBody body) {
  ArrayRef<int64_t> shape =
      cast<RankedTensorType>(inputs.front().getType()).getShape();
  int64_t before = ShapedType::getNumElements(shape.take_front(dim));
  int64_t after = ShapedType::getNumElements(shape.drop_front(dim + 1));
  SmallVector<int64_t> full, kept;
  if (before != 1)
    kept.push_back(before);
  int64_t collapsedDim = kept.size();
  full = kept;
  full.push_back(shape[dim]);
  if (after != 1) {
    full.push_back(after);
    kept.push_back(after);
  }
  SmallVector<Value> collapsed;
  for (Value input : inputs) {
    size_t rank = cast<RankedTensorType>(input.getType()).getRank();
    collapsed.push_back(rank == 0
                            ? input
                            : buildReshape(builder, loc, input,
                                           rank == shape.size() ? full : kept));
  }
  Value result =
      buildReduction(builder, loc, collapsed, collapsedDim, kind, body);
  SmallVector<int64_t> resultShape(shape);
  resultShape.erase(resultShape.begin() + dim);
  return buildReshape(builder, loc, result, resultShape);
}

Value mlir::auxact::buildReduction(OpBuilder &builder, Location loc,
                                   ValueRange inputs, int64_t dim,
                                   ReductionKind kind, ScalarBody body) {
  auto inputType = cast<RankedTensorType>(inputs.front().getType());
  int64_t rank = inputType.getRank();
  bool isInner = rank == 3 && dim == 1 && inputType.getDimSize(0) != 1 &&
                 inputType.getDimSize(2) != 1;
  if (rank > 2 && !isInner)
    return buildCollapsedReduction(builder, loc, inputs, dim, kind, body);
  Type elementType = inputType.getElementType();
  SmallVector<int64_t> shape(inputType.getShape());
  shape.erase(shape.begin() + dim);

  SmallVector<AffineExpr> kept;
  for (int64_t i = 0; i < rank; ++i)
    if (i != dim)
      kept.push_back(builder.getAffineDimExpr(i));
  AffineMap keptMap = AffineMap::get(rank, 0, kept, builder.getContext());
  SmallVector<AffineMap> maps;
  for (Value input : inputs) {
    int64_t inputRank = cast<RankedTensorType>(input.getType()).getRank();
    if (inputRank == rank)
      maps.push_back(builder.getMultiDimIdentityMap(rank));
    else if (inputRank == 0)
      maps.push_back(AffineMap::get(rank, 0, builder.getContext()));
    else
      maps.push_back(keptMap);
  }
  maps.push_back(keptMap);

  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  iterators[dim] = utils::IteratorType::reduction;
  double neutral = kind == ReductionKind::Add
                       ? 0.0
                       : -std::numeric_limits<double>::infinity();
  Value empty = tensor::EmptyOp::create(builder, loc, shape, elementType);
  Value init = linalg::FillOp::create(
                   builder, loc,
                   floatConstant(builder, loc, elementType, neutral), empty)
                   .getResult(0);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), inputs, init, maps, iterators,
             [&](OpBuilder &b, Location l, ValueRange args) {
               Value element = body(b, l, args.drop_back());
               Value result =
                   kind == ReductionKind::Add
                       ? arith::AddFOp::create(b, l, args.back(), element)
                             .getResult()
                       : arith::MaximumFOp::create(b, l, args.back(), element)
                             .getResult();
               linalg::YieldOp::create(b, l, result);
             })
      .getResult(0);
}

Value mlir::auxact::buildSum(OpBuilder &builder, Location loc,
                             ValueRange inputs, ScalarBody body) {
  auto inputType = cast<RankedTensorType>(inputs.front().getType());
  if (inputType.getRank() == 0)
    return buildElementwise(builder, loc, inputType, inputs, body);
  SmallVector<Value> operands;
  for (Value input : inputs)
    operands.push_back(buildAsMatrix(builder, loc, input));
  auto type = cast<RankedTensorType>(operands.front().getType());
  auto identity = [](OpBuilder &, Location, ValueRange args) {
    return args.front();
  };
  Value sum = buildReduction(builder, loc, operands, type.getRank() - 1,
                             ReductionKind::Add, body);
  for (int64_t rank = type.getRank() - 1; rank > 0; --rank)
    sum = buildReduction(builder, loc, sum, rank - 1, ReductionKind::Add,
                         identity);
  return sum;
}

static Value buildProductSum(OpBuilder &builder, Location loc, Value lhs,
                             Value rhs, ArrayRef<int64_t> shape,
                             ArrayRef<AffineMap> maps,
                             ArrayRef<utils::IteratorType> iterators) {
  Type elementType = cast<RankedTensorType>(lhs.getType()).getElementType();
  Value empty = tensor::EmptyOp::create(builder, loc, shape, elementType);
  Value init =
      linalg::FillOp::create(
          builder, loc, floatConstant(builder, loc, elementType, 0.0), empty)
          .getResult(0);
  return linalg::GenericOp::create(
             builder, loc, init.getType(), ValueRange{lhs, rhs}, init, maps,
             iterators,
             [](OpBuilder &b, Location l, ValueRange args) {
               Value product = arith::MulFOp::create(b, l, args[0], args[1]);
               Value sum = arith::AddFOp::create(b, l, args[2], product);
               linalg::YieldOp::create(b, l, sum);
             })
      .getResult(0);
}

Value mlir::auxact::buildContraction(OpBuilder &builder, Location loc,
                                     Value lhs, bool lhsTransposed, Value rhs,
                                     bool rhsTransposed) {
  using utils::IteratorType;
  auto lhsType = cast<RankedTensorType>(lhs.getType());
  auto rhsType = cast<RankedTensorType>(rhs.getType());
  int64_t m = lhsType.getDimSize(lhsTransposed ? 1 : 0);
  int64_t n = rhsType.getDimSize(rhsTransposed ? 0 : 1);
  AffineExpr dm, dn, dk;
  bindDims(builder.getContext(), dm, dn, dk);
  auto map = [&](AffineExpr row, AffineExpr column) {
    return AffineMap::get(3, 0, {row, column}, builder.getContext());
  };
  AffineMap maps[] = {lhsTransposed ? map(dk, dm) : map(dm, dk),
                      rhsTransposed ? map(dn, dk) : map(dk, dn), map(dm, dn)};
  IteratorType iterators[] = {IteratorType::parallel, IteratorType::parallel,
                              IteratorType::reduction};
  return buildProductSum(builder, loc, lhs, rhs, {m, n}, maps, iterators);
}

Value mlir::auxact::buildBatchContraction(OpBuilder &builder, Location loc,
                                          Value lhs, bool lhsTransposed,
                                          Value rhs, bool rhsTransposed,
                                          bool sumBatch) {
  using utils::IteratorType;
  auto lhsType = cast<RankedTensorType>(lhs.getType());
  auto rhsType = cast<RankedTensorType>(rhs.getType());
  bool lhsBatched = lhsType.getRank() == 3, rhsBatched = rhsType.getRank() == 3;
  assert((sumBatch ? lhsBatched && rhsBatched : lhsBatched || rhsBatched) &&
         "without a batch, this is a plain contraction");
  int64_t batch = (lhsBatched ? lhsType : rhsType).getDimSize(0);
  int64_t m = lhsType.getDimSize(lhsBatched + (lhsTransposed ? 1 : 0));
  int64_t n = rhsType.getDimSize(rhsBatched + (rhsTransposed ? 0 : 1));
  AffineExpr db, dm, dn, dk;
  if (sumBatch)
    bindDims(builder.getContext(), dm, dn, db, dk);
  else
    bindDims(builder.getContext(), db, dm, dn, dk);
  auto map = [&](bool batched, AffineExpr row, AffineExpr column) {
    SmallVector<AffineExpr> dims{row, column};
    if (batched)
      dims.insert(dims.begin(), db);
    return AffineMap::get(4, 0, dims, builder.getContext());
  };
  AffineMap maps[] = {
      lhsTransposed ? map(lhsBatched, dk, dm) : map(lhsBatched, dm, dk),
      rhsTransposed ? map(rhsBatched, dn, dk) : map(rhsBatched, dk, dn),
      map(!sumBatch, dm, dn)};
  IteratorType iterators[] = {IteratorType::parallel, IteratorType::parallel,
                              sumBatch ? IteratorType::reduction
                                       : IteratorType::parallel,
                              IteratorType::reduction};
  SmallVector<int64_t> shape{m, n};
  if (!sumBatch)
    shape.insert(shape.begin(), batch);
  return buildProductSum(builder, loc, lhs, rhs, shape, maps, iterators);
}

std::optional<ContractionLoops>
mlir::auxact::getContractionLoops(linalg::LinalgOp op) {
  using utils::IteratorType;
  constexpr IteratorType P = IteratorType::parallel;
  constexpr IteratorType R = IteratorType::reduction;
  SmallVector<IteratorType> iterators = op.getIteratorTypesArray();
  ContractionLoops loops;
  if (iterators == SmallVector<IteratorType>{P, P, R})
    return loops;
  if (iterators == SmallVector<IteratorType>{P, P, P, R}) {
    loops.m = 1, loops.n = 2, loops.k = 3, loops.batch = 0;
    return loops;
  }
  if (iterators == SmallVector<IteratorType>{P, P, R, R}) {
    loops.k = 3, loops.batch = 2, loops.sumsBatch = true;
    return loops;
  }
  return std::nullopt;
}

std::optional<ContractionLayout>
mlir::auxact::getContractionLayout(linalg::LinalgOp op) {
  std::optional<ContractionLoops> loops = getContractionLoops(op);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!loops || maps.size() != 3)
    return std::nullopt;
  auto is = [&](AffineMap map, bool batched, unsigned row, unsigned column) {
    SmallVector<unsigned> dims{row, column};
    if (batched)
      dims.insert(dims.begin(), loops->batch);
    return map == AffineMap::getMultiDimMapWithTargets(op.getNumLoops(), dims,
                                                       op.getContext());
  };
  bool hasBatch = loops->batch >= 0;
  ContractionLayout layout;
  layout.loops = *loops;
  layout.lhsBatched = hasBatch && maps[0].getNumResults() == 3;
  layout.rhsBatched = hasBatch && maps[1].getNumResults() == 3;
  auto [m, n, k] = std::make_tuple(loops->m, loops->n, loops->k);
  layout.lhsTransposed = is(maps[0], layout.lhsBatched, k, m);
  layout.rhsTransposed = is(maps[1], layout.rhsBatched, n, k);
  bool lhs = layout.lhsTransposed || is(maps[0], layout.lhsBatched, m, k);
  bool rhs = layout.rhsTransposed || is(maps[1], layout.rhsBatched, k, n);
  bool batch =
      !hasBatch || (loops->sumsBatch ? layout.lhsBatched && layout.rhsBatched
                                     : layout.lhsBatched || layout.rhsBatched);
  if (!lhs || !rhs || !batch ||
      !is(maps[2], hasBatch && !loops->sumsBatch, m, n))
    return std::nullopt;
  return layout;
}

std::optional<std::pair<bool, bool>>
mlir::auxact::getTransposedOperands(linalg::LinalgOp op) {
  std::optional<ContractionLayout> layout = getContractionLayout(op);
  if (!layout || layout->loops.batch >= 0)
    return std::nullopt;
  return std::make_pair(layout->lhsTransposed, layout->rhsTransposed);
}

Value mlir::auxact::buildOuterProduct(OpBuilder &builder, Location loc,
                                      Value left, Value right) {
  auto leftType = cast<RankedTensorType>(left.getType());
  auto rightType = cast<RankedTensorType>(right.getType());
  auto type =
      RankedTensorType::get({leftType.getDimSize(0), rightType.getDimSize(0)},
                            leftType.getElementType());
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                       type.getElementType());
  AffineExpr row, column;
  bindDims(builder.getContext(), row, column);
  SmallVector<AffineMap> maps = {
      AffineMap::get(2, 0, {row}, builder.getContext()),
      AffineMap::get(2, 0, {column}, builder.getContext()),
      builder.getMultiDimIdentityMap(2)};
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, ValueRange{left, right}, init, maps, iterators,
             [](OpBuilder &b, Location l, ValueRange args) {
               Value product = arith::MulFOp::create(b, l, args[0], args[1]);
               linalg::YieldOp::create(b, l, product);
             })
      .getResult(0);
}

Value mlir::auxact::buildScale(OpBuilder &builder, Location loc, Value tensor,
                               Value factor) {
  if (!factor)
    return tensor;
  auto type = cast<RankedTensorType>(tensor.getType());
  DenseFPElementsAttr constant;
  if (matchPattern(factor, m_Constant(&constant))) {
    APFloat value = constant.getSplatValue<APFloat>();
    if (value.isExactlyValue(1.0))
      return tensor;
    return buildElementwise(
        builder, loc, type, tensor,
        [&](OpBuilder &b, Location l, ValueRange args) -> Value {
          Value c = arith::ConstantOp::create(
              b, l, FloatAttr::get(type.getElementType(), value));
          return arith::MulFOp::create(b, l, args[0], c);
        });
  }
  return buildElementwise(
      builder, loc, type, {tensor, factor},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::MulFOp::create(b, l, args[0], args[1]);
      });
}

Value mlir::auxact::buildScalarConstant(OpBuilder &builder, Location loc,
                                        Type elementType, double value) {
  auto type = RankedTensorType::get({}, elementType);
  return arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(
          type, builder.getFloatAttr(elementType, value).getValue()));
}

Value mlir::auxact::buildAsMatrix(OpBuilder &builder, Location loc,
                                  Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() <= 2)
    return value;
  int64_t columns = type.getShape().back();
  return ReshapeOp::create(
      builder, loc,
      RankedTensorType::get({type.getNumElements() / columns, columns},
                            type.getElementType()),
      value, StringAttr());
}

Value mlir::auxact::buildAffineView(OpBuilder &builder, Location loc,
                                    Value value, ArrayRef<int64_t> shape,
                                    AffineMap map, IntegerSet condition) {
  auto type = cast<RankedTensorType>(value.getType());
  return AffineViewOp::create(builder, loc, withShape(type, shape), value,
                              DenseI64ArrayAttr(), AffineMapAttr::get(map),
                              condition ? IntegerSetAttr::get(condition)
                                        : IntegerSetAttr());
}
