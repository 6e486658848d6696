// RUN: aux-opt %s -convert-auxact-to-linalg -auxact-form-kernels -auxact-verify-kernels-stage -auxact-verify-kernels -split-input-file | FileCheck %s

// A standalone operation is alone in its kernel, with the results that are
// read: what it reads is written to memory before it, cheap as it may be, and
// what reads it is no epilogue of it.
// CHECK: func.func private @[[$BEFORE:.*]](%{{.*}}) -> tensor<28x32xf32>
// CHECK: linalg.generic
// CHECK: func.func private @[[$KERNEL:.*]](%[[Q:.*]]: tensor<4x7x32xf32>, %[[K:.*]]: tensor<4x7x32xf32>) -> tensor<4x7x32xf32>
// CHECK-NEXT: %[[O:.*]], %{{.*}} = auxact.attention %[[Q]], %[[K]], %[[K]]
// CHECK-NEXT: return %[[O]]
// CHECK-LABEL: func.func @alone
// CHECK: auxact.launch @[[$BEFORE]](
// CHECK: %[[Y:.*]] = tensor.expand_shape
// CHECK: %[[Z:.*]] = auxact.launch @[[$KERNEL]](%[[Y]], %arg0)
// CHECK: %[[V:.*]] = tensor.collapse_shape %[[Z]]
// CHECK: auxact.launch @[[$BEFORE]](%[[V]])
func.func @alone(%x: tensor<4x7x32xf32>) -> tensor<4x7x32xf32> {
  %q = auxact.relu %x : tensor<4x7x32xf32>
  %o, %l = auxact.attention %q, %x, %x {heads = 2 : i64} : (tensor<4x7x32xf32>, tensor<4x7x32xf32>, tensor<4x7x32xf32>) -> (tensor<4x7x32xf32>, tensor<4x2x7xf32>)
  %r = auxact.relu %o : tensor<4x7x32xf32>
  return %r : tensor<4x7x32xf32>
}

// -----

// A constant is written to memory, too: a kernel's arguments are all that a
// standalone operation reads.
// CHECK: func.func private @[[FILL:.*]]() -> tensor<4xi32>
// CHECK: arith.constant 3 : i32
// CHECK: func.func @constant
// CHECK: %[[N:.*]] = auxact.launch @[[FILL]]()
// CHECK: auxact.launch @{{.*}}(%arg0, %[[N]])
func.func @constant(%x: tensor<4x7x32xf32>) -> tensor<4x7x32xf32> {
  %n = arith.constant dense<3> : tensor<4xi32>
  %o, %l = auxact.attention %x, %x, %x, %n {heads = 2 : i64} : (tensor<4x7x32xf32>, tensor<4x7x32xf32>, tensor<4x7x32xf32>, tensor<4xi32>) -> (tensor<4x7x32xf32>, tensor<4x2x7xf32>)
  return %o : tensor<4x7x32xf32>
}
