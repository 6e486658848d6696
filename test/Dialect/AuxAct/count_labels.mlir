// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @count
//       CHECK:   auxact.count_labels %{{.*}} {ignored = -100 : i64} : tensor<4x5xi32> -> tensor<f32>
func.func @count(%y: tensor<4x5xi32>) -> tensor<f32> {
  %n = auxact.count_labels %y {ignored = -100 : i64} : tensor<4x5xi32> -> tensor<f32>
  return %n : tensor<f32>
}
