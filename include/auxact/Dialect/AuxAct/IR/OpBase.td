//===- OpBase.td -------------------------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Common includes and types of the operations.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_OPBASE_TD
#define AUXACT_DIALECT_AUXACT_IR_OPBASE_TD

include "auxact/Dialect/AuxAct/IR/AuxActAttributes.td"
include "auxact/Dialect/AuxAct/IR/AuxActDialect.td"
include "auxact/Interfaces/DifferentiableOpInterface.td"
include "auxact/Interfaces/IndexOperandsOpInterface.td"
include "auxact/Interfaces/ModeDependentOpInterface.td"
include "auxact/Interfaces/ParameterizedLayerOpInterface.td"
include "auxact/Interfaces/RandomOpInterface.td"
include "auxact/Interfaces/StandaloneKernel.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/BuiltinAttributes.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"

/// A tensor of floats with a fixed shape.
def AuxAct_FloatTensor : StaticShapeTensorOf<[AnyFloat]>;
/// A tensor with a fixed shape.
def AuxAct_Tensor : StaticShapeTensorOf<[AnyType]>;
/// A loss.
def AuxAct_Scalar : 0DTensorOf<[AnyFloat]>;

/// The result is never negative (NaN aside): what proves `nonnegative`.
def AuxAct_NonNegativeResult : NativeOpTrait<"NonNegativeResult"> {
  let cppNamespace = "::mlir::auxact::OpTrait";
}
/// The result is never negative where no operand is.
def AuxAct_PreservesNonNegativity : NativeOpTrait<"PreservesNonNegativity"> {
  let cppNamespace = "::mlir::auxact::OpTrait";
}
/// Cheap enough to be done again in the backward instead of being kept.
def AuxAct_CheapToRecompute : NativeOpTrait<"CheapToRecompute"> {
  let cppNamespace = "::mlir::auxact::OpTrait";
}
/// Every element of the result is an element of an operand.
def AuxAct_RearrangesElements : NativeOpTrait<"RearrangesElements"> {
  let cppNamespace = "::mlir::auxact::OpTrait";
}

#endif // AUXACT_DIALECT_AUXACT_IR_OPBASE_TD
