//===- AuxActDialect.td - The auxact dialect ---------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The dialect and the base class of its operations.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_AUXACTDIALECT_TD
#define AUXACT_DIALECT_AUXACT_IR_AUXACTDIALECT_TD

include "mlir/IR/OpBase.td"

def AuxAct_Dialect : Dialect {
  let name = "auxact";
  let summary = "Networks whose layers say what they keep for the backward pass.";
  let description = [{
    A model is a function in this dialect: one operation a layer. A layer with
    weights carries a *rule*, an attribute that says what is kept of its input
    for the weight gradient (Auxiliary Activation Learning, ICLR 2023).

    Function arguments are marked with discardable attributes: `auxact.input`,
    `auxact.parameter`, `auxact.buffer`, `auxact.state` and `auxact.scalar` hold
    the name under which the program knows the argument; `auxact.replaced_by`
    holds the number of the result that is the argument's new value; results
    are named by `auxact.output`.
  }];
  let cppNamespace = "::mlir::auxact";
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::tensor::TensorDialect", "::mlir::math::MathDialect"
  ];
}

class AuxAct_Op<string mnemonic, list<Trait> traits = []>
    : Op<AuxAct_Dialect, mnemonic, traits>;

#endif // AUXACT_DIALECT_AUXACT_IR_AUXACTDIALECT_TD
