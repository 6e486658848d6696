//===- AnnotateEntry.cpp - Note ranges of inputs and layers --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Note on an entry what its plan will be asked for.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"
#include "auxact/Dialect/AuxAct/Transforms/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::auxact {
#define GEN_PASS_DEF_ANNOTATEENTRY
#include "auxact/Dialect/AuxAct/Transforms/Passes.h.inc"
} // namespace mlir::auxact

using namespace mlir;
using namespace mlir::auxact;

/// As saved values name the layer: by location, else by attribute.
static StringAttr getLayerName(Operation *op) {
  if (auto name = dyn_cast<NameLoc>(op->getLoc()))
    return name.getName();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    return name;
  return StringAttr::get(op->getContext(), op->getName().stripDialect());
}

namespace {

struct AnnotateEntry : mlir::auxact::impl::AnnotateEntryBase<AnnotateEntry> {
  using AnnotateEntryBase::AnnotateEntryBase;

  void runOnOperation() override {
    func::FuncOp func = getOperation();
    if (func.isDeclaration() || func->hasAttr(attrs::kernel))
      return;
    Builder builder(&getContext());
    llvm::SetVector<StringAttr> layers;
    llvm::MapVector<BlockArgument, SmallVector<IndexOperand>> indices;
    func.walk([&](Operation *op) {
      if (auto reader = dyn_cast<IndexOperandsOpInterface>(op))
        for (const IndexOperand &operand : reader.getIndexOperands())
          collectArguments(operand.value, operand, indices);
      if (isa<DifferentiableOpInterface>(op))
        layers.insert(getLayerName(op));
    });
    for (auto &[argument, operands] : indices)
      noteRange(func, argument, operands);
    SmallVector<Attribute> names(layers.begin(), layers.end());
    func->setAttr(attrs::layers, builder.getArrayAttr(names));
  }

  /// The arguments whose elements `value` consists of are read as `operand`.
  static void collectArguments(
      Value value, const IndexOperand &operand,
      llvm::MapVector<BlockArgument, SmallVector<IndexOperand>> &indices) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      indices[argument].push_back(operand);
      return;
    }
    Operation *op = value.getDefiningOp();
    if (op->hasTrait<auxact::OpTrait::RearrangesElements>())
      for (Value source : op->getOperands())
        collectArguments(source, operand, indices);
  }

  /// Whether the reader knows what to do with `value`.
  static bool accepts(const IndexOperand &reader, int64_t value) {
    return (value >= 0 && value < reader.limit) || value == reader.ignored;
  }

  /// A value must be in range for every reader.
  static void noteRange(func::FuncOp func, BlockArgument argument,
                        ArrayRef<IndexOperand> readers) {
    Builder builder(func.getContext());
    unsigned number = argument.getArgNumber();
    int64_t classes = readers.front().limit;
    bool isLabel = false;
    for (const IndexOperand &reader : readers) {
      classes = std::min(classes, reader.limit);
      isLabel |= reader.isLabel;
    }
    func.setArgAttr(number, attrs::classes, builder.getI64IntegerAttr(classes));
    if (isLabel)
      func.setArgAttr(number, attrs::label, builder.getUnitAttr());
    for (const IndexOperand &reader : readers) {
      std::optional<int64_t> ignored = reader.ignored;
      if (ignored && (*ignored < 0 || *ignored >= classes) &&
          llvm::all_of(readers, [&](const IndexOperand &other) {
            return accepts(other, *ignored);
          }))
        func.setArgAttr(number, attrs::ignored,
                        builder.getI64IntegerAttr(*ignored));
    }
  }
};

} // namespace
