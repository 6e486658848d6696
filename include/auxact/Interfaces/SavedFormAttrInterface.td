//===- SavedFormAttrInterface.td - Forms of kept values ----*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// What a form answers in which a layer's backward keeps what it reads.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_SAVEDFORMATTRINTERFACE_TD
#define AUXACT_INTERFACES_SAVEDFORMATTRINTERFACE_TD

include "mlir/IR/OpBase.td"

def SavedFormAttrInterface : AttrInterface<"SavedFormAttrInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    How a layer without weights keeps what its backward reads (its residuals):
    an attribute `auxact.saved_as` on the operation, given by name pattern like
    the rule of a layer with weights. Differentiation asks the form in place of
    the operation.
  }];
  let methods = [
    InterfaceMethod<"Name of the form as reports show it.",
      "::llvm::StringRef", "getFormName", (ins)>,
    InterfaceMethod<"Whether the form can be that of `op`.",
      "bool", "appliesTo", (ins "::mlir::Operation *":$op)>,
    InterfaceMethod<[{
        Append what is kept, made of the `exact` residuals of `op`, those that
        it would keep itself. `builder` inserts right after the operation.
        `randomSource` makes a source of random numbers (seed, step, operation).
      }],
      "void", "buildResiduals",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Operation *":$op,
           "::mlir::ValueRange":$exact,
           "::llvm::function_ref<::llvm::SmallVector<::mlir::Value>()>":$randomSource,
           "::llvm::SmallVectorImpl<::mlir::Value> &":$residuals)>,
    InterfaceMethod<[{
        Build the gradients of the operands of `op`, as
        `DifferentiableOpInterface::buildInputGradients`, from the residuals
        that this form has named. `exactTypes` are the types of the exact ones.
      }],
      "::llvm::LogicalResult", "buildInputGradients",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Operation *":$op,
           "::mlir::TypeRange":$exactTypes, "::mlir::ValueRange":$residuals,
           "::mlir::ValueRange":$resultGradients,
           "const ::llvm::BitVector &":$needed,
           "::llvm::MutableArrayRef<::mlir::Value>":$operandGradients)>,
  ];
}

#endif // AUXACT_INTERFACES_SAVEDFORMATTRINTERFACE_TD
