// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @encode
//       CHECK:   auxact.encode %{{.*}} : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
func.func @encode(%x: tensor<64x100xf32>) -> tensor<64x100xi1, #auxact.bits> {
  %b = auxact.encode %x : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
  return %b : tensor<64x100xi1, #auxact.bits>
}
