//===- AffineAnalysis.cpp - What is known of affine indices ---------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Recursions over affine expressions.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/AffineAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <numeric>

namespace mlir::auxact::codegen {

/// The constant on the right of a product, quotient or remainder.
static int64_t rightConstant(AffineBinaryOpExpr expr) {
  return cast<AffineConstantExpr>(expr.getRHS()).getValue();
}

std::pair<int64_t, int64_t> boundsOf(AffineExpr expr,
                                     ArrayRef<int64_t> extents) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return {constant.getValue(), constant.getValue()};
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return {0, extents[dim.getPosition()] - 1};
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto [low, high] = boundsOf(binary.getLHS(), extents);
  if (expr.getKind() == AffineExprKind::Add) {
    auto [otherLow, otherHigh] = boundsOf(binary.getRHS(), extents);
    return {low + otherLow, high + otherHigh};
  }
  int64_t constant = rightConstant(binary);
  switch (expr.getKind()) {
  case AffineExprKind::Mul:
    return std::minmax({low * constant, high * constant});
  case AffineExprKind::FloorDiv:
    return {llvm::divideFloorSigned(low, constant),
            llvm::divideFloorSigned(high, constant)};
  case AffineExprKind::CeilDiv:
    return {llvm::divideCeilSigned(low, constant),
            llvm::divideCeilSigned(high, constant)};
  default: { // Mod
    int64_t period = llvm::divideFloorSigned(low, constant);
    if (period == llvm::divideFloorSigned(high, constant))
      return {low - period * constant, high - period * constant};
    return {0, constant - 1};
  }
  }
}

int64_t divisorOf(AffineExpr expr, ArrayRef<int64_t> divisors) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return std::abs(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return divisors[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  int64_t left = divisorOf(binary.getLHS(), divisors);
  if (expr.getKind() == AffineExprKind::Add)
    return std::gcd(left, divisorOf(binary.getRHS(), divisors));
  int64_t constant = rightConstant(binary);
  if (expr.getKind() == AffineExprKind::Mul)
    return left * std::abs(constant);
  if (expr.getKind() == AffineExprKind::Mod)
    return std::gcd(left, constant);
  return left % constant == 0 ? left / constant : 1;
}

std::optional<int64_t> stepAlong(AffineExpr expr, unsigned lane, int64_t count,
                                 ArrayRef<int64_t> divisors) {
  if (!expr.isFunctionOfDim(lane))
    return 0;
  if (isa<AffineDimExpr>(expr))
    return 1;
  auto binary = cast<AffineBinaryOpExpr>(expr);
  auto left = stepAlong(binary.getLHS(), lane, count, divisors);
  if (!left)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add) {
    auto right = stepAlong(binary.getRHS(), lane, count, divisors);
    if (!right)
      return std::nullopt;
    return *left + *right;
  }
  int64_t constant = rightConstant(binary);
  if (expr.getKind() == AffineExprKind::Mul)
    return *left * constant;
  if (expr.getKind() == AffineExprKind::CeilDiv)
    return *left == 0 ? left : std::nullopt;
  bool isMod = expr.getKind() == AffineExprKind::Mod;
  if (*left == 0)
    return 0;
  // The first lane's remainder is a multiple of this number, so that the last
  // lane is in the same period if the lanes cover less.
  int64_t multiple = std::gcd(divisorOf(binary.getLHS(), divisors), constant);
  if (*left > 0 && *left * (count - 1) < multiple)
    return isMod ? *left : 0;
  // A whole number of periods from lane to lane.
  if (*left % constant == 0)
    return isMod ? 0 : *left / constant;
  return std::nullopt;
}

Value emitAffine(Frame &frame, AffineExpr expr, ValueRange dims,
                 ArrayRef<int64_t> extents) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return frame.constant(constant.getValue());
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dims[dim.getPosition()];
  auto binary = cast<AffineBinaryOpExpr>(expr);
  Value left = emitAffine(frame, binary.getLHS(), dims, extents);
  if (expr.getKind() == AffineExprKind::Add) {
    if (auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS()))
      return frame.add(left, constant.getValue());
    return frame.add(left, emitAffine(frame, binary.getRHS(), dims, extents));
  }
  int64_t constant = rightConstant(binary);
  if (expr.getKind() == AffineExprKind::Mul)
    return constant == 1 ? left : frame.mul(left, constant);
  if (expr.getKind() == AffineExprKind::CeilDiv)
    left = frame.add(left, constant - 1);
  // Divisions are unsigned: whole periods make the dividend non-negative.
  int64_t low = boundsOf(binary.getLHS(), extents).first;
  int64_t periods = low < 0 ? llvm::divideCeil(-low, constant) : 0;
  left = frame.add(left, periods * constant);
  if (expr.getKind() == AffineExprKind::Mod)
    return frame.remainder(left, constant);
  return frame.add(frame.divide(left, constant), -periods);
}

} // namespace mlir::auxact::codegen
