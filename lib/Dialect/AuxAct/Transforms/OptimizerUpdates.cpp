//===- OptimizerUpdates.cpp - The arithmetic of optimizers ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The arithmetic of optimizers.
//
//===----------------------------------------------------------------------===//

#include "OptimizerUpdates.h"

#include "auxact/Dialect/AuxAct/IR/LinalgBuilders.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::auxact;

namespace {

/// Scalar arithmetic of one float type, written as formulas.
class Scalars {
public:
  Scalars(OpBuilder &builder, Location loc, Type type)
      : b(loc, builder), type(type) {}

  Value number(double value) {
    return floatConstant(b, b.getLoc(), type, value);
  }
  Value integer(int64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value div(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value sqrt(Value x) { return math::SqrtOp::create(b, x); }
  Value power(double base, Value exponent);

private:
  ImplicitLocOpBuilder b;
  Type type;
};

} // namespace

/// base^exponent for a constant base in [0, 1) and a whole exponent in
/// [0, 2^24): one factor for each bit of the exponent. No call of a library, so
/// that it is the same bits everywhere.
Value Scalars::power(double base, Value exponent) {
  Value result = number(1.0);
  double factor = base;
  int64_t bit = 0;
  for (; bit < 24 && factor != 0.0; ++bit, factor *= factor) {
    Value masked = arith::AndIOp::create(b, exponent, integer(1ll << bit));
    Value isSet =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, masked, integer(0));
    Value product = mul(result, number(factor));
    result = arith::SelectOp::create(b, isSet, product, result);
  }
  // From this bit on every power of the base is 0 in double precision.
  Value vanishes = arith::CmpIOp::create(b, arith::CmpIPredicate::sge, exponent,
                                         integer(1ll << bit));
  return arith::SelectOp::create(b, vanishes, number(0.0), result);
}

/// With an average: average = decay * average + (1 - decay) * newP, one more
/// result. `average` is its old value.
static void addAverage(Scalars &s, const OptimizerOperands &operands,
                       Value average, SmallVector<Value> &results) {
  if (operands.averageDecay == 0.0)
    return;
  double decay = operands.averageDecay;
  results.push_back(s.add(s.mul(s.number(decay), average),
                          s.mul(s.number(1.0 - decay), results.front())));
}

//===----------------------------------------------------------------------===//
// SGD
//===----------------------------------------------------------------------===//

/// g += weight decay * p; m = momentum * m + g; p -= lr * m, or with Nesterov
/// p -= lr * (g + momentum * m).
SmallVector<Value>
mlir::auxact::buildSgdUpdate(OpBuilder &builder,
                             const OptimizerOperands &operands,
                             const SgdOptions &options) {
  auto type = cast<RankedTensorType>(operands.parameter.getType());
  SmallVector<Value> inputs = {operands.parameter, operands.gradient,
                               operands.scalars[0]};
  llvm::append_range(inputs, operands.state);
  SmallVector<RankedTensorType> types(1 + operands.state.size(), type);
  return buildElementwiseResults(
      builder, operands.loc, types, inputs,
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        Scalars s(inner, loc, type.getElementType());
        Value p = args[0], g = args[1], lr = args[2];
        if (options.weightDecay != 0.0)
          g = s.add(g, s.mul(s.number(options.weightDecay), p));
        SmallVector<Value> results;
        if (options.momentum == 0.0) {
          results = {s.sub(p, s.mul(lr, g))};
        } else {
          Value momentum = s.number(options.momentum);
          Value m = s.add(s.mul(momentum, args[3]), g);
          Value direction = options.nesterov ? s.add(g, s.mul(momentum, m)) : m;
          results = {s.sub(p, s.mul(lr, direction)), m};
        }
        addAverage(s, operands, args[inputs.size() - 1], results);
        return results;
      });
}

//===----------------------------------------------------------------------===//
// Adam
//===----------------------------------------------------------------------===//

SmallVector<Value> mlir::auxact::buildAdamScalars(OpBuilder &builder,
                                                  Location loc, Value lr,
                                                  Value step,
                                                  const AdamOptions &options) {
  auto type = cast<RankedTensorType>(lr.getType());
  SmallVector<RankedTensorType> types(options.decoupled ? 3 : 2, type);
  return buildElementwiseResults(
      builder, loc, types, {lr, step},
      [&](OpBuilder &inner, Location l, ValueRange args) {
        Type f64 = inner.getF64Type();
        Scalars s(inner, l, f64);
        Value rate = arith::ExtFOp::create(inner, l, f64, args[0]);
        Value t =
            arith::FPToSIOp::create(inner, l, inner.getI64Type(), args[1]);
        Value one = s.number(1.0);
        SmallVector<Value> values;
        if (options.decoupled)
          values.push_back(
              s.sub(one, s.mul(rate, s.number(options.weightDecay))));
        values.push_back(s.div(rate, s.sub(one, s.power(options.beta1, t))));
        values.push_back(
            s.div(one, s.sqrt(s.sub(one, s.power(options.beta2, t)))));
        SmallVector<Value> results;
        for (Value value : values)
          results.push_back(
              arith::TruncFOp::create(inner, l, type.getElementType(), value));
        return results;
      });
}

/// Adam: g += weight decay * p. m += (1 - beta1) (g - m);
/// v = beta2 v + (1 - beta2) g^2; p -= step size * m / (sqrt(v) * inverse root
/// + epsilon), for AdamW from keep * p.
SmallVector<Value>
mlir::auxact::buildAdamUpdate(OpBuilder &builder,
                              const OptimizerOperands &operands,
                              const AdamOptions &options) {
  auto type = cast<RankedTensorType>(operands.parameter.getType());
  SmallVector<Value> inputs = {operands.parameter, operands.gradient};
  llvm::append_range(inputs, operands.state);
  llvm::append_range(inputs, operands.scalars);
  size_t firstScalar = 2 + operands.state.size();
  SmallVector<RankedTensorType> types(1 + operands.state.size(), type);
  return buildElementwiseResults(
      builder, operands.loc, types, inputs,
      [&](OpBuilder &inner, Location loc, ValueRange args) {
        Scalars s(inner, loc, type.getElementType());
        Value p = args[0], g = args[1], m = args[2], v = args[3];
        size_t scalar = firstScalar;
        Value from = p;
        if (options.decoupled)
          from = s.mul(p, args[scalar++]);
        else if (options.weightDecay != 0.0)
          g = s.add(g, s.mul(s.number(options.weightDecay), p));
        Value stepSize = args[scalar], inverseRoot = args[scalar + 1];
        m = s.add(m, s.mul(s.number(1.0 - options.beta1), s.sub(g, m)));
        v = s.add(s.mul(s.number(options.beta2), v),
                  s.mul(s.number(1.0 - options.beta2), s.mul(g, g)));
        Value denominator =
            s.add(s.mul(s.sqrt(v), inverseRoot), s.number(options.epsilon));
        SmallVector<Value> results = {
            s.sub(from, s.mul(stepSize, s.div(m, denominator))), m, v};
        addAverage(s, operands, args[firstScalar - 1], results);
        return results;
      });
}

//===----------------------------------------------------------------------===//
// Clipping
//===----------------------------------------------------------------------===//

Value mlir::auxact::buildClipCoefficient(OpBuilder &builder, Location loc,
                                         ValueRange gradients, double maxNorm) {
  SmallVector<Value> squares;
  for (Value gradient : gradients)
    squares.push_back(
        buildSum(builder, gradient.getLoc(), gradient,
                 [](OpBuilder &b, Location l, ValueRange args) -> Value {
                   return arith::MulFOp::create(b, l, args[0], args[0]);
                 }));
  auto type = cast<RankedTensorType>(squares.front().getType());
  return buildElementwise(
      builder, loc, type, squares,
      [&](OpBuilder &inner, Location l, ValueRange args) -> Value {
        Scalars s(inner, l, type.getElementType());
        Value total = args.front();
        for (Value square : args.drop_front())
          total = s.add(total, square);
        Value norm = s.add(s.sqrt(total), s.number(1e-6));
        return arith::MinimumFOp::create(
            inner, l, s.div(s.number(maxNorm), norm), s.number(1.0));
      });
}
