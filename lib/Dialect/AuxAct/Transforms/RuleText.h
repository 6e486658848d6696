//===- RuleText.h - The text form of rules by layer -------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The text form of rules by layer.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_RULETEXT_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_RULETEXT_H

#include "auxact/Interfaces/RuleAttrInterface.h"
#include "auxact/Interfaces/SavedFormAttrInterface.h"

#include "llvm/Support/GlobPattern.h"

#include <string>

namespace mlir::auxact {

/// One `pattern = rule` for layers with weights, one `pattern := form` for what
/// other layers keep, or one `pattern := #auxact.checkpoint` for blocks.
struct RuleLine {
  std::string text;
  llvm::GlobPattern pattern;
  /// One of the two is set, or none for a block that is to be checkpointed.
  RuleAttrInterface rule;
  SavedFormAttrInterface form;
  /// Of the pattern, in the file or text it came from.
  Location loc;

  bool isCheckpoint() const { return !rule && !form; }
};

/// Append the lines of `text` to `lines`: one `pattern = rule` or
/// `pattern := form` a line, empty lines and comments (`#` and a space) left
/// out. Where `separator` is given, it ends a line as well. Errors are located
/// in `name`, by line and column.
LogicalResult parseRuleText(llvm::StringRef text, llvm::StringRef name,
                            MLIRContext *context,
                            SmallVectorImpl<RuleLine> &lines,
                            std::optional<char> separator = std::nullopt);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_RULETEXT_H
