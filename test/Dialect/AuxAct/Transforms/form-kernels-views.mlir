// RUN: aux-opt %s -pass-pipeline='builtin.module(convert-auxact-to-linalg,canonicalize,cse,auxact-form-kernels,cse)' | FileCheck %s

// A view that is returned is a copy, one that is added is read on the way; what
// is dear to compute is not computed once a tap.
// CHECK: func.func private @[[$ADD:.*]](%{{.*}}: tensor<8x4xf32>, %{{.*}}: tensor<4x8xf32>) -> tensor<4x8xf32>
// CHECK: auxact.affine_view
// CHECK: arith.addf
// CHECK-LABEL: func.func @readers
// CHECK-DAG: auxact.launch @{{.*}}(%arg1) : (tensor<8x4xf32>) -> tensor<4x8xf32>
// CHECK-DAG: auxact.launch @[[$ADD]](%arg1, %arg0)
// CHECK-DAG: auxact.launch @{{.*}}(%arg0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @readers(%x: tensor<4x8xf32>, %y: tensor<8x4xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x32xf32>) {
  %v = auxact.affine_view %y at affine_map<(d0, d1) -> (d1, d0)> : tensor<8x4xf32> -> tensor<4x8xf32>
  %w = auxact.affine_view %y at affine_map<(d0, d1) -> (d1, 3 - d0)> : tensor<8x4xf32> -> tensor<4x8xf32>
  %s = auxact.add %x, %w : tensor<4x8xf32>
  %g = auxact.gelu %x : tensor<4x8xf32>
  %u = auxact.affine_view %g at affine_map<(d0, d1) -> (d1 mod 4, d0)> : tensor<4x8xf32> -> tensor<8x32xf32>
  return %v, %s, %u : tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x32xf32>
}
