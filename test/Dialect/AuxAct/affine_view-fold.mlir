// RUN: aux-opt %s -canonicalize | FileCheck %s

// CHECK: #[[$MAP:.*]] = affine_map<(d0, d1) -> (d0, d1, 0)>

// The whole, as it lies, is the tensor itself.
// CHECK-LABEL: func.func @whole
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x8xf32>)
//  CHECK-NEXT:   return %[[X]]
func.func @whole(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %v = auxact.affine_view %x at affine_map<(d0, d1) -> (d0, d1)> : tensor<4x8xf32> -> tensor<4x8xf32>
  return %v : tensor<4x8xf32>
}

// A view of a reshape looks at what is reshaped.
// CHECK-LABEL: func.func @reshape
//  CHECK-SAME:   (%[[X:.*]]: tensor<32xf32>)
//  CHECK-NEXT:   %[[V:.*]] = auxact.affine_view %[[X]] as [4, 4, 2] at #[[$MAP]] : tensor<32xf32> -> tensor<4x4xf32>
//  CHECK-NEXT:   return %[[V]]
func.func @reshape(%x: tensor<32xf32>) -> tensor<4x4xf32> {
  %y = auxact.reshape %x : tensor<32xf32> -> tensor<4x4x2xf32>
  %v = auxact.affine_view %y at affine_map<(d0, d1) -> (d0, d1, 0)> : tensor<4x4x2xf32> -> tensor<4x4xf32>
  return %v : tensor<4x4xf32>
}

// Back in the shape of what is reshaped, it needs none.
// CHECK-LABEL: func.func @back
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x4x2xf32>)
//  CHECK-NEXT:   %[[V:.*]] = auxact.affine_view %[[X]] at #[[$MAP]] : tensor<4x4x2xf32> -> tensor<4x4xf32>
//  CHECK-NEXT:   return %[[V]]
func.func @back(%x: tensor<4x4x2xf32>) -> tensor<4x4xf32> {
  %y = tensor.collapse_shape %x [[0], [1, 2]] : tensor<4x4x2xf32> into tensor<4x8xf32>
  %v = auxact.affine_view %y as [4, 4, 2] at affine_map<(d0, d1) -> (d0, d1, 0)> : tensor<4x8xf32> -> tensor<4x4xf32>
  return %v : tensor<4x4xf32>
}
