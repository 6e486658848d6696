//===- ModelQueries.h - What a model's layers are ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Questions about a model before it is compiled, for those who write rules.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_MODELQUERIES_H
#define AUXACT_PROGRAM_MODELQUERIES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::auxact {

/// Names of a model's layers with weights, in order: what rules can be given
/// to.
llvm::Expected<std::vector<std::string>> findLayers(llvm::StringRef modelText,
                                                    llvm::StringRef fileName);

/// What the structure of a network says of one layer.
struct LayerAnswer {
  std::string layer;
  /// The layer whose input it can take as its group's tensor; empty: none.
  std::string source;
  /// Its level of sign activation; 0: none.
  unsigned level;
  std::string reason;
};

/// One answer a layer with weights; see `auxact-assign-residual-groups`.
llvm::Expected<std::vector<LayerAnswer>>
findResidualGroups(llvm::StringRef modelText, llvm::StringRef fileName,
                   llvm::ArrayRef<int64_t> strides, llvm::StringRef downsample);

/// One answer a layer with weights; see `auxact-assign-sign-level`.
llvm::Expected<std::vector<LayerAnswer>>
findSignLevels(llvm::StringRef modelText, llvm::StringRef fileName);

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_MODELQUERIES_H
