//===- CustomAssembly.h - Directives of assembly formats --------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What the operations' assembly formats call, for the file that has the
// generated parsers and printers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_DIALECT_AUXACT_IR_CUSTOMASSEMBLY_H
#define AUXACT_LIB_DIALECT_AUXACT_IR_CUSTOMASSEMBLY_H

#include "mlir/IR/OpImplementation.h"

namespace mlir::auxact {

/// The type of both operands, or one each where they differ.
ParseResult parseSumTypes(OpAsmParser &parser, Type &lhs, Type &rhs);
void printSumTypes(OpAsmPrinter &printer, Operation *op, Type lhs, Type rhs);

} // namespace mlir::auxact

#endif // AUXACT_LIB_DIALECT_AUXACT_IR_CUSTOMASSEMBLY_H
