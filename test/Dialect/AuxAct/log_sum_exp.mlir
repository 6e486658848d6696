// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @log_sum_exp
//       CHECK:   auxact.log_sum_exp %{{.*}} : tensor<64x10xf32> -> tensor<64xf32>
func.func @log_sum_exp(%z: tensor<64x10xf32>) -> tensor<64xf32> {
  %s = auxact.log_sum_exp %z : tensor<64x10xf32> -> tensor<64xf32>
  return %s : tensor<64xf32>
}
