//===- ChunkedLogits.cpp - Logits of part of a vocabulary -----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/ChunkedLogits.h"

#include "auxact/Dialect/AuxAct/IR/ViewBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::auxact;

static RankedTensorType asTensor(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The numbers of all classes, in memory.
static Value buildNumbers(OpBuilder &builder, Location loc, int64_t count) {
  return buildElementwise(
      builder, loc, RankedTensorType::get({count}, builder.getI32Type()), {},
      [](OpBuilder &b, Location l, ValueRange) -> Value {
        return arith::IndexCastOp::create(b, l, b.getI32Type(),
                                          linalg::IndexOp::create(b, l, 0));
      });
}

ChunkedLogits::ChunkedLogits(OpBuilder &builder, Location loc, Value input,
                             Value weight, Value bias, int64_t chunk)
    : builder(builder), loc(loc), input(input), weight(weight), bias(bias),
      rows(asTensor(input).getDimSize(0)),
      classes(asTensor(weight).getDimSize(0)), chunk(chunk) {
  numbers = buildNumbers(builder, loc, classes);
}

int64_t ChunkedLogits::chooseChunk(int64_t rows, int64_t classes) {
  constexpr int64_t mostElements = 4 << 20, step = 256;
  int64_t fitting = llvm::alignTo(llvm::divideCeil(mostElements, rows), step);
  // Parts of one size, as far as possible: they share their kernels.
  int64_t parts = llvm::divideCeil(classes, fitting);
  return llvm::alignTo(llvm::divideCeil(classes, parts), step);
}

SmallVector<int64_t> ChunkedLogits::getStarts() const {
  SmallVector<int64_t> starts;
  for (int64_t start = 0; start < classes; start += chunk)
    starts.push_back(start);
  return starts;
}

int64_t ChunkedLogits::getSize(int64_t start) const {
  return std::min(chunk, classes - start);
}

Value ChunkedLogits::getWeight(int64_t start) {
  return buildRowSlice(builder, loc, weight, start, getSize(start));
}

Value ChunkedLogits::getLogits(int64_t start) {
  Value product = buildContraction(builder, loc, input, /*lhsTransposed=*/false,
                                   getWeight(start), /*rhsTransposed=*/true);
  if (!bias)
    return product;
  Value part = buildRowSlice(builder, loc, bias, start, getSize(start));
  return buildElementwise(
      builder, loc, asTensor(product), {product, part},
      [](OpBuilder &b, Location l, ValueRange args) -> Value {
        return arith::AddFOp::create(b, l, args[0], args[1]);
      });
}

Value ChunkedLogits::buildElements(int64_t start, ArrayRef<Operand> operands,
                                   ScalarBody body) {
  MLIRContext *context = builder.getContext();
  AffineExpr row, column;
  bindDims(context, row, column);
  SmallVector<Operand> all(operands);
  all.push_back({buildRowSlice(builder, loc, numbers, start, getSize(start)),
                 Along::Columns});
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  for (const Operand &operand : all) {
    inputs.push_back(operand.value);
    SmallVector<AffineExpr> indices;
    if (operand.along == Along::Both || operand.along == Along::Rows)
      indices.push_back(row);
    if (operand.along == Along::Both || operand.along == Along::Columns)
      indices.push_back(column);
    maps.push_back(AffineMap::get(2, 0, indices, context));
  }
  maps.push_back(builder.getMultiDimIdentityMap(2));
  auto type = RankedTensorType::get({rows, getSize(start)},
                                    asTensor(input).getElementType());
  Value init = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                       type.getElementType());
  SmallVector<utils::IteratorType> iterators(2, utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             builder, loc, type, inputs, init, maps, iterators,
             [&](OpBuilder &b, Location l, ValueRange args) {
               linalg::YieldOp::create(b, l, body(b, l, args.drop_back()));
             })
      .getResult(0);
}

Value ChunkedLogits::isClass(OpBuilder &builder, Location loc, Value label,
                             Value number) {
  if (label.getType() != number.getType())
    number = arith::ExtSIOp::create(builder, loc, label.getType(), number);
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, number,
                               label);
}
