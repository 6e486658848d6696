// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @sums
//       CHECK:   auxact.linear_log_sum_exp %{{.*}}, %{{.*}}, %{{.*}} {chunk = 256 : i64} : (tensor<2x3x8xf32>, tensor<600x8xf32>, tensor<600xf32>) -> tensor<2x3xf32>
func.func @sums(%x: tensor<2x3x8xf32>, %w: tensor<600x8xf32>, %b: tensor<600xf32>) -> tensor<2x3xf32> {
  %s = auxact.linear_log_sum_exp %x, %w, %b {chunk = 256 : i64} : (tensor<2x3x8xf32>, tensor<600x8xf32>, tensor<600xf32>) -> tensor<2x3xf32>
  return %s : tensor<2x3xf32>
}
