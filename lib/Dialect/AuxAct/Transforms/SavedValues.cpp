//===- SavedValues.cpp - What is kept from forward to backward ------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The saved values of an entry, counted once each.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/Transforms/SavedValues.h"

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace mlir::auxact;

SmallVector<SavedValue> mlir::auxact::getSavedValues(func::FuncOp entry) {
  SmallVector<SavedValue> saved;
  for (auto op : entry.getBody().getOps<SaveOp>()) {
    Value source = getViewSource(op);
    if (isa<OpResult>(source))
      saved.push_back({op, source, 0, false, ""});
  }
  // The backward reads the last layer's first.
  std::reverse(saved.begin(), saved.end());
  if (auto layers = entry->getAttrOfType<ArrayAttr>(attrs::layers)) {
    llvm::StringMap<unsigned> position;
    for (auto [i, name] : llvm::enumerate(layers.getAsRange<StringAttr>()))
      position[name.getValue()] = i;
    auto rank = [&](const SavedValue &value) {
      auto it = position.find(SaveOp(value.op).getLayer());
      return it == position.end() ? layers.size() : it->second;
    };
    llvm::stable_sort(saved, [&](const SavedValue &a, const SavedValue &b) {
      return rank(a) < rank(b);
    });
  }

  // A layer may read one value in several places: one row.
  llvm::DenseSet<std::tuple<Value, StringAttr, StringAttr>> rows;
  SmallVector<SavedValue> result;
  llvm::DenseMap<Value, StringRef> countedAt;
  for (SavedValue value : saved) {
    SaveOp op = value.op;
    if (!rows.insert({value.source, op.getLayerAttr(), op.getRuleAttr()})
             .second)
      continue;
    auto [it, inserted] = countedAt.insert({value.source, op.getLayer()});
    value.isShared = !inserted;
    value.sharedWith = it->second;
    if (inserted)
      value.bytes =
          getStoredBytes(cast<RankedTensorType>(value.source.getType()));
    result.push_back(value);
  }
  return result;
}
