//===- Digits.cpp - Indices in mixed radix --------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Which digits an index has, and what expressions become of them.
//
//===----------------------------------------------------------------------===//

#include "auxact/Codegen/Kernel/Digits.h"

#include "auxact/Codegen/Kernel/AffineAnalysis.h"
#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>
#include <set>

namespace mlir::auxact::codegen {

static int64_t rightConstant(AffineBinaryOpExpr expr) {
  return cast<AffineConstantExpr>(expr.getRHS()).getValue();
}

//===----------------------------------------------------------------------===//
// Periods
//===----------------------------------------------------------------------===//

/// The number that dimension `dim` is divided by in `expr`, which is the
/// dimension or a quotient of it; 0 where `expr` is something else.
static int64_t quotientPeriod(AffineExpr expr, unsigned dim) {
  if (auto position = dyn_cast<AffineDimExpr>(expr))
    return position.getPosition() == dim ? 1 : 0;
  if (expr.getKind() != AffineExprKind::FloorDiv)
    return 0;
  auto quotient = cast<AffineBinaryOpExpr>(expr);
  return quotientPeriod(quotient.getLHS(), dim) * rightConstant(quotient);
}

static void collectPeriods(AffineExpr expr, unsigned dim,
                           std::set<int64_t> &periods) {
  expr.walk([&](AffineExpr part) {
    if (part.getKind() != AffineExprKind::FloorDiv &&
        part.getKind() != AffineExprKind::Mod)
      return;
    auto binary = cast<AffineBinaryOpExpr>(part);
    int64_t inner = quotientPeriod(binary.getLHS(), dim);
    if (inner == 0)
      return;
    if (inner > 1)
      periods.insert(inner);
    periods.insert(inner * rightConstant(binary));
  });
}

static void collectPeriods(Value tensor, unsigned dim,
                           std::set<int64_t> &periods) {
  Operation *def = tensor.getDefiningOp();
  if (auto view = dyn_cast_or_null<AffineViewOp>(def)) {
    for (AffineExpr expr : view.getMap().getResults())
      collectPeriods(expr, dim, periods);
    if (std::optional<IntegerSet> condition = view.getCondition())
      for (AffineExpr expr : condition->getConstraints())
        collectPeriods(expr, dim, periods);
    return;
  }
  auto generic = dyn_cast_or_null<linalg::LinalgOp>(def);
  if (!generic || generic.getNumReductionLoops() > 0)
    return;
  for (OpOperand *input : generic.getDpsInputOperands()) {
    AffineMap map = generic.getMatchingIndexingMap(input);
    for (auto [position, expr] : llvm::enumerate(map.getResults()))
      if (expr == getAffineDimExpr(dim, expr.getContext()))
        collectPeriods(input->get(), position, periods);
  }
}

SmallVector<int64_t> findPeriods(Value tensor, unsigned dim) {
  std::set<int64_t> found;
  collectPeriods(tensor, dim, found);
  int64_t extent = cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
  SmallVector<int64_t> periods;
  for (int64_t period : found) {
    if (period <= 1 || period >= extent)
      continue;
    if (!periods.empty() && period % periods.back() != 0)
      return {};
    periods.push_back(period);
  }
  return periods;
}

SmallVector<Digit> emitDigits(Frame &frame, Value index, int64_t extent,
                              ArrayRef<int64_t> periods, int64_t divisor) {
  SmallVector<Digit> digits;
  int64_t inner = 1;
  for (int64_t period : periods) {
    int64_t size = period / inner;
    digits.push_back(
        {frame.remainder(index, size), inner, size, std::gcd(divisor, size)});
    divisor = divisor % size == 0 ? divisor / size : 1;
    index = frame.divide(index, size);
    inner = period;
  }
  digits.push_back(
      {index, inner, int64_t(llvm::divideCeil(extent, inner)), divisor});
  std::reverse(digits.begin(), digits.end());
  return digits;
}

//===----------------------------------------------------------------------===//
// Simplification
//===----------------------------------------------------------------------===//

static void collectTerms(AffineExpr expr, SmallVectorImpl<AffineExpr> &terms) {
  if (expr.getKind() != AffineExprKind::Add) {
    terms.push_back(expr);
    return;
  }
  auto sum = cast<AffineBinaryOpExpr>(expr);
  collectTerms(sum.getLHS(), terms);
  collectTerms(sum.getRHS(), terms);
}

AffineExpr simplifyWithin(AffineExpr expr, ArrayRef<int64_t> extents) {
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary)
    return expr;
  AffineExpr left = simplifyWithin(binary.getLHS(), extents);
  if (expr.getKind() == AffineExprKind::Add)
    return left + simplifyWithin(binary.getRHS(), extents);
  int64_t constant = rightConstant(binary);
  if (expr.getKind() == AffineExprKind::Mul) {
    // Over the terms, so that divisions find them.
    SmallVector<AffineExpr> terms;
    collectTerms(left, terms);
    AffineExpr product = terms.front() * constant;
    for (AffineExpr term : ArrayRef(terms).drop_front())
      product = product + term * constant;
    return product;
  }
  if (expr.getKind() == AffineExprKind::CeilDiv)
    return left.ceilDiv(constant);
  // Multiples of the divisor, and a rest that is less than it.
  SmallVector<AffineExpr> terms;
  collectTerms(left, terms);
  AffineExpr zero = getAffineConstantExpr(0, expr.getContext());
  AffineExpr quotient = zero, rest = zero;
  SmallVector<int64_t> ones(extents.size(), 1);
  for (AffineExpr term : terms) {
    if (divisorOf(term, ones) % constant == 0)
      quotient = quotient + term.floorDiv(constant);
    else
      rest = rest + term;
  }
  auto [low, high] = boundsOf(rest, extents);
  bool isMod = expr.getKind() == AffineExprKind::Mod;
  if (low >= 0 && high < constant)
    return isMod ? rest : quotient;
  return isMod ? rest % constant : quotient + rest.floorDiv(constant);
}

} // namespace mlir::auxact::codegen
