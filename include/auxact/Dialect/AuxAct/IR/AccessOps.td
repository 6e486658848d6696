//===- AccessOps.td - Tensors read at other positions ------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_IR_ACCESSOPS_TD
#define AUXACT_DIALECT_AUXACT_IR_ACCESSOPS_TD

include "auxact/Dialect/AuxAct/IR/OpBase.td"

def AuxAct_AffineViewOp : AuxAct_Op<"affine_view", [Pure, NonDifferentiable]> {
  let summary = "A tensor seen at positions that an affine map gives.";
  let description = [{
    Element i of the result is the input at `map(i)`, and +0 where an index is
    out of bounds or the set does not hold. `as` is a shape of as many elements
    that stands for the input's: the indices are in it, in row-major order.

    Windows of an image, slices, strided and transposed reads are views of this
    kind. One is no work of its own: what reads it finds the elements while it
    computes. Only where it is returned, kept or read by an operation that is
    alone in its kernel does it become a copy.

    ```mlir
    // Columns 2 to 5, with a column of zeros on either side.
    %v = auxact.affine_view %x at affine_map<(d0, d1) -> (d0, d1 + 1)>
        where affine_set<(d0, d1) : (d1 - 1 >= 0, 4 - d1 >= 0)>
        : tensor<3x8xf32> -> tensor<3x6xf32>
    // The 3x3 neighbours of each pixel of one 8x8 image.
    %w = auxact.affine_view %y as [8, 8] at affine_map<(d0, d1) ->
          (d0 floordiv 8 + d1 floordiv 3 - 1, d0 mod 8 + d1 mod 3 - 1)>
        : tensor<64xf32> -> tensor<64x9xf32>
    ```
  }];
  let arguments = (ins
    StaticShapeTensorOf<[AnyFloat, AnySignlessInteger]>:$input,
    OptionalAttr<DenseI64ArrayAttr>:$shape, AffineMapAttr:$map,
    OptionalAttr<IntegerSetAttr>:$condition);
  let results = (outs StaticShapeTensorOf<[AnyFloat, AnySignlessInteger]>:$result);
  let assemblyFormat = [{
    $input (`as` $shape^)? `at` $map (`where` $condition^)? attr-dict `:`
    type($input) `->` type($result)
  }];
  let extraClassDeclaration = [{
    /// The shape that the map's results are indices in.
    ::llvm::ArrayRef<int64_t> getIndexedShape();
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // AUXACT_DIALECT_AUXACT_IR_ACCESSOPS_TD
