//===- LowerArithmetic.cpp - Arithmetic intrinsics of NVVM ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Their names are an operation, at most one rounding, "ftz" where subnormal
// numbers count as zero, and a type: fma.rn.ftz.f, f2i.rz, ex2.approx.f. What
// is approximate on a GPU is exact here, to the last place or so.
//
//===----------------------------------------------------------------------===//

#include "LowerIntrinsics.h"

#include "EntryPoints.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace auxact::simt {

namespace {
class ArithmeticLowering {
public:
  ArithmeticLowering(IRBuilderBase &builder, StringRef name,
                     ArrayRef<Value *> operands)
      : builder(builder), operands(operands.begin(), operands.end()) {
    SmallVector<StringRef> parts;
    name.split(parts, '.');
    base = parts.front();
    for (StringRef part : drop_begin(parts)) {
      if (part == "ftz")
        flushes = true;
      else if (part == "ui" || part == "ull")
        isUnsigned = true;
      else if (part == "nan" || part == "xorsign")
        isSpecial = true;
      else if (is_contained(
                   {"rn", "rz", "rm", "rp", "approx", "full", "rna", "rni"},
                   part))
        rounding = part;
    }
  }

  Value *lower() {
    if (flushes)
      for (Value *&operand : operands)
        operand = flush(operand);
    Value *result = compute();
    return result && flushes ? flush(result) : result;
  }

private:
  Value *compute() {
    if (Value *result = rounded())
      return result;
    if (Value *result = converted())
      return result;
    if (Value *result = integer())
      return result;
    return simple();
  }
  Value *rounded();
  Value *converted();
  Value *integer();
  Value *simple();

  Value *unary(Intrinsic::ID id) {
    return builder.CreateUnaryIntrinsic(id, operands[0]);
  }
  Value *binary(Intrinsic::ID id) {
    return builder.CreateBinaryIntrinsic(id, operands[0], operands[1]);
  }
  Value *one() { return ConstantFP::get(operands[0]->getType(), 1.0); }
  bool exact() const {
    return rounding == "rn" || rounding == "approx" || rounding == "full";
  }
  // A subnormal number becomes the zero of its sign.
  Value *flush(Value *value) {
    if (!value->getType()->isFloatTy())
      return value;
    Value *size = builder.CreateUnaryIntrinsic(Intrinsic::fabs, value);
    Value *smallest = ConstantFP::get(value->getType(), 0x1p-126);
    Value *zero = builder.CreateBinaryIntrinsic(
        Intrinsic::copysign, ConstantFP::get(value->getType(), 0.0), value);
    return builder.CreateSelect(builder.CreateFCmpOLT(size, smallest), zero,
                                value);
  }

  IRBuilderBase &builder;
  SmallVector<Value *> operands;
  StringRef base, rounding;
  bool flushes = false, isUnsigned = false, isSpecial = false;
};
} // namespace

// add, sub, mul, fma, div, rcp and sqrt with a rounding of their own.
Value *ArithmeticLowering::rounded() {
  if (rounding.empty() ||
      !is_contained({"add", "sub", "mul", "fma", "div", "rcp", "sqrt"}, base))
    return nullptr;
  Value *a = operands[0];
  Value *b = operands.size() > 1 ? operands[1] : a;
  Value *c = operands.size() > 2 ? operands[2] : a;
  if (base == "rcp")
    b = a, a = one();
  if (base == "sub")
    b = builder.CreateFNeg(b);
  if (exact()) {
    if (base == "add" || base == "sub")
      return builder.CreateFAdd(a, b);
    if (base == "mul")
      return builder.CreateFMul(a, b);
    if (base == "sqrt")
      return unary(Intrinsic::sqrt);
    if (base == "fma")
      return builder.CreateIntrinsic(Intrinsic::fma, a->getType(), {a, b, c});
    return builder.CreateFDiv(a, b);
  }
  auto operation = StringSwitch<Arithmetic>(base)
                       .Cases({"add", "sub"}, Arithmetic::Add)
                       .Case("mul", Arithmetic::Multiply)
                       .Case("fma", Arithmetic::FusedMultiplyAdd)
                       .Case("sqrt", Arithmetic::SquareRoot)
                       .Default(Arithmetic::Divide);
  int mode = StringSwitch<int>(rounding)
                 .Case("rz", 1)
                 .Case("rm", 2)
                 .Case("rp", 3)
                 .Default(-1);
  if (mode < 0)
    return nullptr;
  bool single = a->getType()->isFloatTy();
  return callEntryPoint(
      builder, single ? "auxactSimtRoundedFloat" : "auxactSimtRoundedDouble",
      a->getType(),
      {builder.getInt32(uint32_t(operation)), builder.getInt32(mode), a, b, c});
}

// f2i.rz and its kin: rounded to a whole number first, then converted; what
// does not fit becomes the nearest that does, NaN zero.
Value *ArithmeticLowering::converted() {
  auto [from, to] = base.split('2');
  if (to.empty() || base.starts_with("ex2") || base.starts_with("lg2"))
    return nullptr;
  Value *value = operands[0];
  Type *type = StringSwitch<Type *>(to)
                   .Cases({"i", "ui"}, builder.getInt32Ty())
                   .Cases({"ll", "ull"}, builder.getInt64Ty())
                   .Case("f", builder.getFloatTy())
                   .Case("d", builder.getDoubleTy())
                   .Case("h", builder.getHalfTy())
                   .Case("bf16", builder.getBFloatTy())
                   .Default(nullptr);
  if (to == "tf32" && (rounding == "rna" || rounding == "rn"))
    return callEntryPoint(builder, "auxactSimtTensorFloat",
                          builder.getInt32Ty(),
                          {value, builder.getInt32(rounding == "rn")});
  if (from == "ff" && rounding == "rn" && (to == "bf16x2" || to == "f16x2")) {
    // The first operand is the upper half.
    Type *half = to == "bf16x2" ? builder.getBFloatTy() : builder.getHalfTy();
    Value *pair = PoisonValue::get(FixedVectorType::get(half, 2));
    pair = builder.CreateInsertElement(
        pair, builder.CreateFPTrunc(operands[1], half), uint64_t(0));
    return builder.CreateInsertElement(pair, builder.CreateFPTrunc(value, half),
                                       uint64_t(1));
  }
  if (!type)
    return nullptr;
  if (type->isIntegerTy() && value->getType()->isFloatingPointTy()) {
    auto whole = StringSwitch<Intrinsic::ID>(rounding)
                     .Case("rn", Intrinsic::roundeven)
                     .Case("rz", Intrinsic::trunc)
                     .Case("rm", Intrinsic::floor)
                     .Case("rp", Intrinsic::ceil)
                     .Default(Intrinsic::not_intrinsic);
    if (whole == Intrinsic::not_intrinsic)
      return nullptr;
    return builder.CreateIntrinsic(to.starts_with("u") ? Intrinsic::fptoui_sat
                                                       : Intrinsic::fptosi_sat,
                                   {type, value->getType()}, {unary(whole)});
  }
  if (rounding != "rn")
    return nullptr;
  if (value->getType()->isIntegerTy())
    return from.starts_with("u") ? builder.CreateUIToFP(value, type)
                                 : builder.CreateSIToFP(value, type);
  value = builder.CreateFPCast(value, type);
  return to == "h" ? builder.CreateBitCast(value, builder.getInt16Ty()) : value;
}

Value *ArithmeticLowering::integer() {
  if (base == "prmt")
    return callEntryPoint(builder, "auxactSimtPermute", builder.getInt32Ty(),
                          operands);
  if (base == "mulhi") {
    Type *type = operands[0]->getType();
    unsigned width = type->getIntegerBitWidth();
    Type *wide = builder.getIntNTy(2 * width);
    auto widen = [&](Value *value) {
      return isUnsigned ? builder.CreateZExt(value, wide)
                        : builder.CreateSExt(value, wide);
    };
    Value *product = builder.CreateMul(widen(operands[0]), widen(operands[1]));
    return builder.CreateTrunc(builder.CreateLShr(product, width), type);
  }
  return nullptr;
}

Value *ArithmeticLowering::simple() {
  auto id = StringSwitch<Intrinsic::ID>(base)
                .Case("fabs", Intrinsic::fabs)
                .Case("floor", Intrinsic::floor)
                .Case("ceil", Intrinsic::ceil)
                .Case("trunc", Intrinsic::trunc)
                .Case("round", Intrinsic::roundeven)
                .Case("ex2", Intrinsic::exp2)
                .Case("lg2", Intrinsic::log2)
                .Case("sin", Intrinsic::sin)
                .Case("cos", Intrinsic::cos)
                .Case("fmin", Intrinsic::minnum)
                .Case("fmax", Intrinsic::maxnum)
                .Default(Intrinsic::not_intrinsic);
  if (base == "fmin" || base == "fmax")
    return operands.size() == 2 && !isSpecial ? binary(id) : nullptr;
  if (id != Intrinsic::not_intrinsic)
    return unary(id);
  if (base == "rsqrt")
    return builder.CreateFDiv(one(), unary(Intrinsic::sqrt));
  if (base == "saturate") {
    // NaN becomes zero.
    Value *zero = ConstantFP::get(operands[0]->getType(), 0.0);
    return builder.CreateMinNum(builder.CreateMaxNum(operands[0], zero), one());
  }
  return nullptr;
}

Value *lowerArithmetic(IRBuilderBase &builder, StringRef name,
                       ArrayRef<Value *> operands) {
  return ArithmeticLowering(builder, name, operands).lower();
}

} // namespace auxact::simt
