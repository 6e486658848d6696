//===- IndexOperandsOpInterface.td -------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Operands that choose.
//
// Which integers an operation can read: rows of a table, classes of a loss.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_INDEXOPERANDSOPINTERFACE_TD
#define AUXACT_INTERFACES_INDEXOPERANDSOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def IndexOperandsOpInterface : OpInterface<"IndexOperandsOpInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    An operation that reads integers as positions: tokens, the rows of a table;
    labels, the classes of a loss. Kernels do not check them, so the range of
    every input that reaches such an operand is noted on the entry
    (`auxact-annotate-entry`), and the runtime refuses what is outside.
  }];
  let methods = [
    InterfaceMethod<"The operands that hold positions, and their range.",
      "::llvm::SmallVector<::mlir::auxact::IndexOperand>", "getIndexOperands",
      (ins)>,
  ];
}

#endif // AUXACT_INTERFACES_INDEXOPERANDSOPINTERFACE_TD
