//===- InstrumentAccesses.cpp - Calls a check before every access ---------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "InstrumentAccesses.h"

#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"

using namespace llvm;

namespace auxact::simt {

namespace {
class Instrumenter {
public:
  Instrumenter(Module &module, Sites &sites)
      : layout(module.getDataLayout()), context(module.getContext()),
        sites(sites) {}

  Error visit(Instruction &instruction);
  unsigned granule = 4;

private:
  void check(Instruction &instruction, Value *pointer, Type *type, Align align,
             Site::Access access);
  void checkRange(MemIntrinsic &intrinsic, Value *pointer, MaybeAlign align,
                  Site::Access access);
  void checkMasked(IntrinsicInst &intrinsic, Value *pointer, Value *mask,
                   Type *type, Site::Access access);
  Site &makeSite(Instruction &instruction, Value *pointer, uint64_t bytes,
                 Align align, Site::Access access);
  Value *flat(IRBuilder<> &builder, Value *pointer);

  const DataLayout &layout;
  LLVMContext &context;
  Sites &sites;
};
} // namespace

// Memory of the thread itself needs no check.
static bool isLocal(Value *pointer) {
  return isa<AllocaInst>(getUnderlyingObject(pointer));
}

Value *Instrumenter::flat(IRBuilder<> &builder, Value *pointer) {
  return builder.CreateAddrSpaceCast(pointer, builder.getPtrTy());
}

Site &Instrumenter::makeSite(Instruction &instruction, Value *pointer,
                             uint64_t bytes, Align align, Site::Access access) {
  Site &site = sites.make(instruction, instruction.getOpcodeName());
  site.access = access;
  site.bytes = bytes;
  site.alignment = align.value();
  unsigned space = pointer->getType()->getPointerAddressSpace();
  site.space = space == 1   ? Site::Global
               : space == 3 ? Site::Shared
                            : Site::Generic;
  // The largest power of two that divides the size and the alignment.
  unsigned unit = std::min<uint64_t>(bytes & -bytes, align.value());
  granule = std::min(granule, unit);
  return site;
}

void Instrumenter::check(Instruction &instruction, Value *pointer, Type *type,
                         Align align, Site::Access access) {
  if (isLocal(pointer))
    return;
  Site &site = makeSite(instruction, pointer, layout.getTypeStoreSize(type),
                        align, access);
  IRBuilder<> builder(&instruction);
  callEntryPoint(builder, "auxactSimtAccess", builder.getVoidTy(),
                 {Sites::pointerTo(site, context), flat(builder, pointer)});
}

void Instrumenter::checkRange(MemIntrinsic &intrinsic, Value *pointer,
                              MaybeAlign align, Site::Access access) {
  if (isLocal(pointer))
    return;
  Site &site = makeSite(intrinsic, pointer, 1, align.valueOrOne(), access);
  site.what = Intrinsic::getBaseName(intrinsic.getIntrinsicID()).str();
  IRBuilder<> builder(&intrinsic);
  callEntryPoint(
      builder, "auxactSimtRangeAccess", builder.getVoidTy(),
      {Sites::pointerTo(site, context), flat(builder, pointer),
       builder.CreateZExt(intrinsic.getLength(), builder.getInt64Ty())});
}

void Instrumenter::checkMasked(IntrinsicInst &intrinsic, Value *pointer,
                               Value *mask, Type *type, Site::Access access) {
  if (isLocal(pointer))
    return;
  auto *vector = cast<FixedVectorType>(type);
  uint64_t bytes = layout.getTypeStoreSize(vector->getElementType());
  Site &site = makeSite(intrinsic, pointer, bytes, Align(bytes), access);
  site.what = Intrinsic::getBaseName(intrinsic.getIntrinsicID()).str();
  IRBuilder<> builder(&intrinsic);
  Value *bits = builder.CreateZExt(
      builder.CreateBitCast(mask, builder.getIntNTy(vector->getNumElements())),
      builder.getInt64Ty());
  callEntryPoint(
      builder, "auxactSimtMaskedAccess", builder.getVoidTy(),
      {Sites::pointerTo(site, context), flat(builder, pointer), bits});
}

Error Instrumenter::visit(Instruction &instruction) {
  if (auto *load = dyn_cast<LoadInst>(&instruction)) {
    check(instruction, load->getPointerOperand(), load->getType(),
          load->getAlign(), Site::Read);
  } else if (auto *store = dyn_cast<StoreInst>(&instruction)) {
    check(instruction, store->getPointerOperand(),
          store->getValueOperand()->getType(), store->getAlign(), Site::Write);
  } else if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction)) {
    return createStringError("atomic operations are not modelled (" +
                             Sites::locationOf(instruction) + ")");
  } else if (auto *transfer = dyn_cast<MemTransferInst>(&instruction)) {
    checkRange(*transfer, transfer->getSource(), transfer->getSourceAlign(),
               Site::Read);
    checkRange(*transfer, transfer->getDest(), transfer->getDestAlign(),
               Site::Write);
  } else if (auto *set = dyn_cast<MemSetInst>(&instruction)) {
    checkRange(*set, set->getDest(), set->getDestAlign(), Site::Write);
  } else if (auto *call = dyn_cast<IntrinsicInst>(&instruction)) {
    switch (call->getIntrinsicID()) {
    case Intrinsic::masked_load:
      checkMasked(*call, call->getArgOperand(0), call->getArgOperand(1),
                  call->getType(), Site::Read);
      break;
    case Intrinsic::masked_store:
      checkMasked(*call, call->getArgOperand(1), call->getArgOperand(2),
                  call->getArgOperand(0)->getType(), Site::Write);
      break;
    case Intrinsic::masked_gather:
    case Intrinsic::masked_scatter:
      return createStringError("gathers and scatters are not modelled (" +
                               Sites::locationOf(instruction) + ")");
    default:
      break;
    }
  }
  return Error::success();
}

Expected<unsigned> instrumentAccesses(Module &module, Sites &sites) {
  Instrumenter instrumenter(module, sites);
  for (Function &function : module)
    for (Instruction &instruction :
         make_early_inc_range(instructions(function)))
      if (Error error = instrumenter.visit(instruction))
        return std::move(error);
  return instrumenter.granule;
}

} // namespace auxact::simt
