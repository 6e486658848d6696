// RUN: aux-opt %s -auxact-apply-forward-rules -cse -split-input-file | FileCheck %s

// The forward of a prediction is that of training: x + eps * s.
// CHECK-LABEL: func.func @sign
// CHECK-SAME: (%[[X:[^:]*]]: tensor<64x100xf32>
func.func @sign(%x: tensor<64x100xf32>, %w: tensor<10x100xf32>) -> tensor<64x10xf32> {
  // CHECK: %[[B:.*]] = auxact.encode %[[X]]
  // CHECK: %[[A:.*]] = auxact.decode %[[B]] levels(-1.000000e-02, 1.000000e-02)
  // CHECK: %[[H:.*]] = auxact.add %[[X]], %[[A]]
  // CHECK: auxact.linear %[[H]], %{{.*}} {rule = #auxact.exact}
  %y = auxact.linear %x, %w {rule = #auxact.sign<>} : (tensor<64x100xf32>, tensor<10x100xf32>) -> tensor<64x10xf32>
  return %y : tensor<64x10xf32>
}

// -----

// With `nonnegative` the lower level is 0.
// CHECK-LABEL: func.func @nonnegative
func.func @nonnegative(%x: tensor<64x100xf32>, %w: tensor<10x100xf32>) -> tensor<64x10xf32> {
  %r = auxact.relu %x : tensor<64x100xf32>
  // CHECK: auxact.decode %{{.*}} levels(0.000000e+00, 5.000000e-01)
  %y = auxact.linear %r, %w {rule = #auxact.sign<epsilon = 0.5, nonnegative>} : (tensor<64x100xf32>, tensor<10x100xf32>) -> tensor<64x10xf32>
  return %y : tensor<64x10xf32>
}

// -----

// Rules that add nothing leave the forward alone, and state that only a
// backward reads is no argument.
// CHECK-LABEL: func.func @unchanged
// CHECK-NOT: auxact.state
func.func @unchanged(%x: tensor<64x100xf32>, %w: tensor<10x100xf32>) -> tensor<64x10xf32> {
  // CHECK: auxact.linear %arg0, %arg1 {rule = #auxact.exact}
  %y = auxact.linear %x, %w {rule = #auxact.recompute} : (tensor<64x100xf32>, tensor<10x100xf32>) -> tensor<64x10xf32>
  return %y : tensor<64x10xf32>
}
