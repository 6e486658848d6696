//===- InitAll.h - The one registration of dialects and passes --*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INITALL_H
#define AUXACT_INITALL_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace mlir::auxact {

/// Register every dialect and extension that auxact programs use.
void registerAllAuxAct(DialectRegistry &registry);

/// Register every pass and pipeline of auxact, and upstream's beside them.
void registerAllAuxActPasses();

} // namespace mlir::auxact

#endif // AUXACT_INITALL_H
