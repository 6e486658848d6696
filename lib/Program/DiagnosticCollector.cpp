//===- DiagnosticCollector.cpp - Diagnostics of a context as one error ----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Diagnostics of a context as one error.
//
//===----------------------------------------------------------------------===//

#include "DiagnosticCollector.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"

#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::auxact;

/// `file:line:column: `, as far as the location knows.
static void printPlace(llvm::raw_ostream &os, Location location) {
  if (auto file = location->findInstanceOf<FileLineColLoc>())
    os << file.getFilename().getValue() << ":" << file.getLine() << ":"
       << file.getColumn() << ": ";
}

static void printDiagnostic(llvm::raw_ostream &os, Diagnostic &diagnostic,
                            llvm::StringRef kind) {
  printPlace(os, diagnostic.getLocation());
  os << kind << ": ";
  if (auto layer = dyn_cast<NameLoc>(diagnostic.getLocation()))
    os << "layer '" << layer.getName().getValue() << "': ";
  os << diagnostic << "\n";
}

DiagnosticCollector::DiagnosticCollector(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        llvm::raw_string_ostream os(errors);
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error) {
          printDiagnostic(os, diagnostic, "error");
          for (Diagnostic &note : diagnostic.getNotes())
            printDiagnostic(os, note, "note");
          return success();
        }
        if (diagnostic.getSeverity() == DiagnosticSeverity::Warning &&
            keepsWarnings) {
          warnings += diagnostic.str() + "\n";
          return success();
        }
        // Other warnings and remarks go where the context sends them.
        return failure();
      }) {}

llvm::Error DiagnosticCollector::takeError(llvm::StringRef fallback) {
  std::string text = errors.empty() ? fallback.str() : errors;
  errors.clear();
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return llvm::createStringError(text);
}
