//===- ModeDependentOpInterface.td -------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Training and evaluation.
//
// What an operation that differs between the two offers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_MODEDEPENDENTOPINTERFACE_TD
#define AUXACT_INTERFACES_MODEDEPENDENTOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def ModeDependentOpInterface : OpInterface<"ModeDependentOpInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    An operation that computes something else once training is over: a
    normalisation with the statistics of the batch, dropout. As it stands in a
    model it is the form of training.
  }];
  let methods = [
    InterfaceMethod<[{
        Build what stands in place of the results in evaluation, one value a
        result, of the result's type. `builder` inserts at the operation.
      }],
      "void", "buildEvaluation",
      (ins "::mlir::OpBuilder &":$builder,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$replacements)>,
  ];
}

#endif // AUXACT_INTERFACES_MODEDEPENDENTOPINTERFACE_TD
