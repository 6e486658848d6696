// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @unpack_bits
//       CHECK:   auxact.unpack_bits %{{.*}} : tensor<64x16xi8> -> tensor<64x100xi1>
func.func @unpack_bits(%p: tensor<64x16xi8>) -> tensor<64x100xi1> {
  %i = auxact.unpack_bits %p : tensor<64x16xi8> -> tensor<64x100xi1>
  return %i : tensor<64x100xi1>
}

// CHECK-LABEL: func.func @wider
//       CHECK:   auxact.unpack_bits %{{.*}} : tensor<64x52xi8> -> tensor<64x100xi4>
func.func @wider(%p: tensor<64x52xi8>) -> tensor<64x100xi4> {
  %i = auxact.unpack_bits %p : tensor<64x52xi8> -> tensor<64x100xi4>
  return %i : tensor<64x100xi4>
}
