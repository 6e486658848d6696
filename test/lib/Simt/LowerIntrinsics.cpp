//===- LowerIntrinsics.cpp - NVVM intrinsics to calls ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "LowerIntrinsics.h"

#include "Barriers.h"
#include "EntryPoints.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace auxact::simt {

namespace {
/// Replaces one call. `name` is what follows "llvm.nvvm.". Each lowering gives
/// the value that takes the call's place (any, for one without a result) or
/// null when it does not know the name.
class CallLowering {
public:
  CallLowering(CallInst &call, StringRef name, Sites &sites)
      : call(call), name(name), builder(&call), sites(sites) {}

  Value *lower();

private:
  using Form = Value *(CallLowering::*)();
  Value *specialRegister();
  Value *barrier();
  Value *warpBarrier();
  Value *vote();
  Value *shuffle();
  Value *elect();
  Value *copyAsync();
  Value *waitForCopies();
  Value *loadMatrices();
  Value *multiply();
  Value *fence() { return done(); }

  Value *done() { return PoisonValue::get(builder.getInt32Ty()); }
  Value *argument(unsigned index) { return call.getArgOperand(index); }
  /// As the entry points take it: predicates as i32, floats as their bits,
  /// pointers without address space.
  Value *plain(Value *value);
  Value *invoke(StringRef function, Type *result, ArrayRef<Value *> arguments);
  Value *number(uint32_t value) { return builder.getInt32(value); }
  Value *buffer(unsigned words);
  /// {value, predicate} or the value alone, out of a 64-bit pair.
  Value *valueAndPredicate(Value *pair);

  CallInst &call;
  StringRef name;
  IRBuilder<> builder;
  Sites &sites;
  uint32_t siteBytes = 0;
};
} // namespace

Value *CallLowering::plain(Value *value) {
  Type *type = value->getType();
  if (type->isPointerTy())
    return builder.CreateAddrSpaceCast(value, builder.getPtrTy());
  if (type->isIntegerTy(1))
    return builder.CreateZExt(value, builder.getInt32Ty());
  return builder.CreateBitCast(value, builder.getInt32Ty());
}

Value *CallLowering::invoke(StringRef function, Type *result,
                            ArrayRef<Value *> arguments) {
  Site &site = sites.make(call, name);
  site.bytes = siteBytes;
  SmallVector<Value *> all{Sites::pointerTo(site, call.getContext())};
  all.append(arguments.begin(), arguments.end());
  return callEntryPoint(builder, function, result, all);
}

Value *CallLowering::buffer(unsigned words) {
  IRBuilder<> entry(&*call.getFunction()->getEntryBlock().begin());
  return entry.CreateAlloca(ArrayType::get(builder.getInt32Ty(), words));
}

Value *CallLowering::valueAndPredicate(Value *pair) {
  Value *value = builder.CreateTrunc(pair, builder.getInt32Ty());
  auto *aggregate = dyn_cast<StructType>(call.getType());
  Type *type = aggregate ? aggregate->getElementType(0) : call.getType();
  value = builder.CreateBitCast(value, type);
  if (!aggregate)
    return value;
  Value *predicate =
      builder.CreateTrunc(builder.CreateLShr(pair, 32), builder.getInt1Ty());
  Value *result =
      builder.CreateInsertValue(PoisonValue::get(aggregate), value, 0);
  return builder.CreateInsertValue(result, predicate, 1);
}

Value *CallLowering::specialRegister() {
  StringRef rest = name.substr(StringRef("read.ptx.sreg.").size());
  auto [base, dimension] = rest.split('.');
  int first = StringSwitch<int>(base)
                  .Case("tid", ThreadId)
                  .Case("ctaid", BlockId)
                  .Case("ntid", ThreadCount)
                  .Case("nctaid", BlockCount)
                  .Default(-1);
  int axis = StringSwitch<int>(dimension)
                 .Case("x", 0)
                 .Case("y", 1)
                 .Case("z", 2)
                 .Default(-1);
  int number = StringSwitch<int>(rest)
                   .Case("laneid", LaneId)
                   .Case("warpid", WarpId)
                   .Case("nwarpid", WarpCount)
                   .Case("lanemask.lt", LanesBelow)
                   .Case("lanemask.le", LanesUpTo)
                   .Case("lanemask.gt", LanesAbove)
                   .Case("lanemask.ge", LanesFrom)
                   .Case("lanemask.eq", OwnLane)
                   .Case("dynamic.smem.size", DynamicSharedBytes)
                   .Case("dynamic_smem_size", DynamicSharedBytes)
                   .Default(-1);
  if (rest == "warpsize")
    return builder.getInt32(32);
  if (first >= 0 && axis >= 0)
    number = first + axis;
  if (number < 0)
    return nullptr;
  return callEntryPoint(builder, "auxactSimtRegister", builder.getInt32Ty(),
                        {builder.getInt32(number)});
}

// barrier.cta.{sync, red.popc, red.and, red.or}[.aligned].{all, count}
Value *CallLowering::barrier() {
  StringRef rest = name.substr(StringRef("barrier.cta.").size());
  uint32_t reduction = StringSwitch<uint32_t>(rest)
                           .StartsWith("red.popc", Barriers::Count)
                           .StartsWith("red.and", Barriers::And)
                           .StartsWith("red.or", Barriers::Or)
                           .Default(Barriers::NoReduction);
  if (reduction == Barriers::NoReduction && !rest.starts_with("sync"))
    return nullptr;
  bool counted = rest.ends_with(".count");
  bool hasPredicate = reduction != Barriers::NoReduction;
  Value *result =
      invoke("auxactSimtBarrier", builder.getInt32Ty(),
             {argument(0), counted ? argument(1) : number(0),
              number(rest.contains("aligned")), number(reduction),
              hasPredicate ? plain(argument(counted ? 2 : 1)) : number(0)});
  if (hasPredicate && call.getType()->isIntegerTy(1))
    result = builder.CreateTrunc(result, builder.getInt1Ty());
  return result;
}

Value *CallLowering::warpBarrier() {
  invoke("auxactSimtWarpBarrier", builder.getVoidTy(), {argument(0)});
  return done();
}

Value *CallLowering::vote() {
  int kind = StringSwitch<int>(name)
                 .Case("vote.all.sync", int(Vote::All))
                 .Case("vote.any.sync", int(Vote::Any))
                 .Case("vote.uni.sync", int(Vote::Uniform))
                 .Case("vote.ballot.sync", int(Vote::Ballot))
                 .Default(-1);
  if (kind < 0)
    return nullptr;
  Value *result = invoke("auxactSimtVote", builder.getInt32Ty(),
                         {number(kind), argument(0), plain(argument(1))});
  return call.getType()->isIntegerTy(1)
             ? builder.CreateTrunc(result, builder.getInt1Ty())
             : result;
}

// shfl.sync.{up, down, bfly, idx}.{i32, f32}[p]
Value *CallLowering::shuffle() {
  int mode = StringSwitch<int>(name.split("sync.").second)
                 .StartsWith("up", int(Shuffle::Up))
                 .StartsWith("down", int(Shuffle::Down))
                 .StartsWith("bfly", int(Shuffle::Butterfly))
                 .StartsWith("idx", int(Shuffle::Index))
                 .Default(-1);
  if (mode < 0)
    return nullptr;
  return valueAndPredicate(
      invoke("auxactSimtShuffle", builder.getInt64Ty(),
             {number(mode), argument(0), plain(argument(1)), argument(2),
              argument(3)}));
}

Value *CallLowering::elect() {
  return valueAndPredicate(
      invoke("auxactSimtElect", builder.getInt64Ty(), {argument(0)}));
}

// cp.async.{ca, cg}.shared.global.{4, 8, 16}[.s]
Value *CallLowering::copyAsync() {
  StringRef rest = name.split("shared.global.").second;
  if (rest.consume_back(".s"), rest.getAsInteger(10, siteBytes))
    return nullptr;
  invoke("auxactSimtCopyAsync", builder.getVoidTy(),
         {plain(argument(0)), plain(argument(1)),
          call.arg_size() > 2 ? argument(2) : number(siteBytes)});
  return done();
}

Value *CallLowering::waitForCopies() {
  if (name == "cp.async.commit.group")
    invoke("auxactSimtCommitCopies", builder.getVoidTy(), {});
  else if (name == "cp.async.wait.all")
    invoke("auxactSimtWaitForAllCopies", builder.getVoidTy(), {});
  else if (name == "cp.async.wait.group")
    invoke("auxactSimtWaitForCopies", builder.getVoidTy(), {argument(0)});
  else
    return nullptr;
  return done();
}

// ldmatrix.sync.aligned.m8n8.{x1, x2, x4}[.trans].b16.{p0, p3}
Value *CallLowering::loadMatrices() {
  SmallVector<StringRef> parts;
  name.split(parts, '.');
  uint32_t count = 0;
  if (parts.size() < 6 || parts[3] != "m8n8" ||
      parts[4].drop_front().getAsInteger(10, count) ||
      parts[parts.size() - 2] != "b16")
    return nullptr;
  Value *out = buffer(4);
  invoke("auxactSimtLoadMatrices", builder.getVoidTy(),
         {plain(argument(0)), number(count), number(parts[5] == "trans"), out});
  return builder.CreateLoad(call.getType(), out);
}

// mma.m16n8k{4, 8, 16}.row.col.{bf16, tf32, f32.f32}: the last multiplies f16.
Value *CallLowering::multiply() {
  uint32_t depth = 0;
  StringRef rest = name.substr(StringRef("mma.m16n8k").size());
  if (rest.consumeInteger(10, depth))
    return nullptr;
  int type = StringSwitch<int>(rest)
                 .Case(".row.col.bf16", int(MatrixType::BFloat16))
                 .Case(".row.col.tf32", int(MatrixType::TensorFloat32))
                 .Case(".row.col.f32.f32", int(MatrixType::Half))
                 .Default(-1);
  if (type < 0)
    return nullptr;
  unsigned step = MatrixType(type) == MatrixType::TensorFloat32 ? 4 : 8;
  unsigned ofA = 2 * depth / step, ofB = depth / step;
  if (ofA > 4 || call.arg_size() != ofA + ofB + 4)
    return nullptr;
  Value *in = buffer(10), *out = buffer(4);
  for (unsigned i = 0; i < call.arg_size(); ++i) {
    unsigned word = i < ofA         ? i
                    : i < ofA + ofB ? 4 + i - ofA
                                    : 6 + i - ofA - ofB;
    builder.CreateStore(argument(i), builder.CreateConstGEP1_32(
                                         builder.getInt32Ty(), in, word));
  }
  invoke("auxactSimtMultiply", builder.getVoidTy(),
         {number(type), number(depth), in, out});
  return builder.CreateLoad(call.getType(), out);
}

Value *CallLowering::lower() {
  static const std::pair<const char *, Form> forms[] = {
      {"read.ptx.sreg.", &CallLowering::specialRegister},
      {"barrier.cta.", &CallLowering::barrier},
      {"bar.warp.sync", &CallLowering::warpBarrier},
      {"membar.", &CallLowering::fence},
      {"vote.", &CallLowering::vote},
      {"shfl.sync.", &CallLowering::shuffle},
      {"elect.sync", &CallLowering::elect},
      {"cp.async.ca.", &CallLowering::copyAsync},
      {"cp.async.cg.", &CallLowering::copyAsync},
      {"cp.async.", &CallLowering::waitForCopies},
      {"ldmatrix.sync.", &CallLowering::loadMatrices},
      {"mma.m16n8k", &CallLowering::multiply},
  };
  for (auto [prefix, form] : forms)
    if (name.starts_with(prefix))
      return (this->*form)();
  SmallVector<Value *> operands(call.args());
  return lowerArithmetic(builder, name, operands);
}

// What libdevice asks the compiler: the answers that its defaults give.
static std::optional<int64_t> reflected(const CallInst &call) {
  StringRef text;
  auto *global = dyn_cast<GlobalVariable>(
      call.getArgOperand(0)->stripPointerCastsAndAliases());
  auto *data = global && global->hasInitializer()
                   ? dyn_cast<ConstantDataArray>(global->getInitializer())
                   : nullptr;
  if (!data || !data->isCString())
    return std::nullopt;
  text = data->getAsCString();
  return StringSwitch<std::optional<int64_t>>(text)
      .Case("__CUDA_FTZ", 0)
      .Case("__CUDA_PREC_SQRT", 1)
      .Case("__CUDA_PREC_DIV", 1)
      .Case("__CUDA_ARCH", 900)
      .Default(std::nullopt);
}

// "sub.rn.f32 $0, $1, $2;": libdevice writes some arithmetic that way.
static Value *lowerAssembly(CallInst &call, StringRef text) {
  auto [name, rest] = text.split(' ');
  std::string expected = "$0";
  for (unsigned i = 1; i <= call.arg_size(); ++i)
    expected += ",$" + std::to_string(i);
  std::string actual = rest.str();
  llvm::erase(actual, ' ');
  if (actual != expected + ";")
    return nullptr;
  IRBuilder<> builder(&call);
  SmallVector<Value *> operands(call.args());
  return lowerArithmetic(builder, name, operands);
}

static Error lowerAssembly(CallInst &call) {
  StringRef text = cast<InlineAsm>(call.getCalledOperand())->getAsmString();
  Value *replacement = lowerAssembly(call, text);
  if (!replacement)
    return createStringError("inline assembly is not modelled: \"" + text +
                             "\" (" + Sites::locationOf(call) + ")");
  call.replaceAllUsesWith(replacement);
  call.eraseFromParent();
  return Error::success();
}

static Error lowerCall(CallInst &call, Sites &sites) {
  if (call.isInlineAsm())
    return lowerAssembly(call);
  Function *callee = call.getCalledFunction();
  if (!callee)
    return createStringError("an indirect call is not modelled (" +
                             Sites::locationOf(call) + ")");
  StringRef name = callee->getName();
  if (!callee->isDeclaration() || name.starts_with("auxactSimt"))
    return Error::success();
  Value *replacement = nullptr;
  if (name == "llvm.trap") {
    IRBuilder<> builder(&call);
    Site &site = sites.make(call, "trap");
    replacement = callEntryPoint(builder, "auxactSimtTrap", builder.getVoidTy(),
                                 {Sites::pointerTo(site, call.getContext())});
  } else if (name.consume_front("llvm.nvvm.")) {
    replacement = CallLowering(call, name, sites).lower();
  } else if (name == "__nvvm_reflect") {
    if (auto answer = reflected(call))
      replacement = ConstantInt::get(call.getType(), *answer);
  } else if (callee->isIntrinsic()) {
    return Error::success();
  }
  if (!replacement)
    return createStringError(callee->getName() + " is not modelled (" +
                             Sites::locationOf(call) + ")");
  if (!call.getType()->isVoidTy())
    call.replaceAllUsesWith(replacement);
  call.eraseFromParent();
  return Error::success();
}

Error lowerIntrinsics(Module &module, Sites &sites) {
  for (Function &function : module) {
    SmallVector<CallInst *> calls;
    for (Instruction &instruction : instructions(function))
      if (auto *call = dyn_cast<CallInst>(&instruction))
        calls.push_back(call);
    for (CallInst *call : calls)
      if (Error error = lowerCall(*call, sites))
        return error;
  }
  // Left are uses other than calls, of which there are none in valid IR.
  for (Function &function : make_early_inc_range(module))
    if (function.isDeclaration() && function.use_empty())
      function.eraseFromParent();
  return Error::success();
}

} // namespace auxact::simt
