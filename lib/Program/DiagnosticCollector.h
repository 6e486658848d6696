//===- DiagnosticCollector.h ------------------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Diagnostics of a context as one error.
//
//===----------------------------------------------------------------------===//
//
// Diagnostics of a context as one error.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PROGRAM_DIAGNOSTICCOLLECTOR_H
#define AUXACT_PROGRAM_DIAGNOSTICCOLLECTOR_H

#include "mlir/IR/Diagnostics.h"

#include "llvm/Support/Error.h"

#include <utility>

namespace mlir::auxact {

/// Collects what is reported in a context while it lives. Errors come out as
/// `file:line:column: error: message`, with the layer's name where the location
/// has one; warnings and remarks are kept apart.
class DiagnosticCollector {
public:
  explicit DiagnosticCollector(MLIRContext *context);

  /// What was reported as errors; `fallback` where nothing was.
  llvm::Error takeError(llvm::StringRef fallback);

  /// Keeps warnings from here on, for `takeWarnings`, one a line.
  void keepWarnings() { keepsWarnings = true; }
  std::string takeWarnings() { return std::exchange(warnings, {}); }

private:
  std::string errors, warnings;
  bool keepsWarnings = false;
  ScopedDiagnosticHandler handler;
};

} // namespace mlir::auxact

#endif // AUXACT_PROGRAM_DIAGNOSTICCOLLECTOR_H
