// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -auxact-verify-linalg-stage -split-input-file | FileCheck %s

// A fill of one number goes into the body; the destination is nobody's operand.

// CHECK-LABEL: func @constant(
// CHECK-SAME: %[[X:[^ ,:]*]]: tensor<4x8xf32>
// CHECK: %[[TWO:.*]] = arith.constant 2.0{{.*}} : f32
// CHECK: %[[E:.*]] = tensor.empty() : tensor<4x8xf32>
// CHECK: linalg.generic {{.*}}["parallel", "parallel"]} ins(%[[X]] : tensor<4x8xf32>) outs(%[[E]]
// CHECK-NEXT: ^bb0(%[[IN:[^ ,:]*]]: f32,
// CHECK-NEXT: arith.subf %[[TWO]], %[[IN]] fastmath<nnan> : f32
func.func @constant(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %two = arith.constant dense<2.0> : tensor<4x8xf32>
  %y = arith.subf %two, %x fastmath<nnan> : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// Rows and columns, as layers have them: no view is left between the two.

// CHECK-LABEL: func @positions(
// CHECK: tensor.collapse_shape
// CHECK-NOT: tensor.expand_shape
// CHECK: math.tanh
// CHECK-NOT: tensor.collapse_shape
// CHECK: arith.maximumf
// CHECK: tensor.expand_shape
func.func @positions(%x: tensor<2x3x8xf32>) -> tensor<2x3x8xf32> {
  %t = math.tanh %x : tensor<2x3x8xf32>
  %y = auxact.relu %t : tensor<2x3x8xf32>
  return %y : tensor<2x3x8xf32>
}

// -----

// Element types of operands and result may differ, and an operand may be a
// single number.

// CHECK-LABEL: func @choice(
// CHECK-SAME: %{{[^ ]*}}: tensor<4xf32>, %{{[^ ]*}}: tensor<4xf32>, %[[C:[^ ,:]*]]: i1
// CHECK: arith.cmpf olt, %{{.*}}, %{{.*}} : f32
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: arith.select %[[C]], %{{.*}}, %{{.*}} : f32
func.func @choice(%x: tensor<4xf32>, %y: tensor<4xf32>, %c: i1) -> tensor<4xf32> {
  %less = arith.cmpf olt, %x, %y : tensor<4xf32>
  %s = arith.select %less, %x, %y : tensor<4xi1>, tensor<4xf32>
  %r = arith.select %c, %s, %x : tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A product of matrices is a contraction; it is added to what it starts from,
// unless that is 0.

// CHECK-LABEL: func @matmul(
// CHECK-SAME: %{{[^ ]*}}: tensor<4x8xf32>, %{{[^ ]*}}: tensor<8x6xf32>, %[[C:[^ ,:]*]]: tensor<4x6xf32>
// CHECK: %[[P:.*]] = linalg.generic {{.*}}["parallel", "parallel", "reduction"]}
// CHECK: linalg.generic {{.*}} ins(%[[P]], %[[C]]
// CHECK-NOT: linalg.matmul
func.func @matmul(%a: tensor<4x8xf32>, %b: tensor<8x6xf32>, %c: tensor<4x6xf32>) -> tensor<4x6xf32> {
  %y = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x6xf32>) outs(%c : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
