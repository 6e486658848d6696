// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// Rows are padded to four bytes.
// CHECK-LABEL: func.func @pack_bits
//       CHECK:   auxact.pack_bits %{{.*}} : tensor<64x100xi1> -> tensor<64x16xi8>
func.func @pack_bits(%i: tensor<64x100xi1>) -> tensor<64x16xi8> {
  %p = auxact.pack_bits %i : tensor<64x100xi1> -> tensor<64x16xi8>
  return %p : tensor<64x16xi8>
}

// CHECK-LABEL: func.func @one_row
//       CHECK:   auxact.pack_bits %{{.*}} : tensor<1xi1> -> tensor<4xi8>
func.func @one_row(%i: tensor<1xi1>) -> tensor<4xi8> {
  %p = auxact.pack_bits %i : tensor<1xi1> -> tensor<4xi8>
  return %p : tensor<4xi8>
}

// Elements of four and of two bits.
// CHECK-LABEL: func.func @wider
//       CHECK:   auxact.pack_bits %{{.*}} : tensor<64x100xi4> -> tensor<64x52xi8>
//       CHECK:   auxact.pack_bits %{{.*}} : tensor<2x64x100xi2> -> tensor<2x64x28xi8>
func.func @wider(%i: tensor<64x100xi4>, %j: tensor<2x64x100xi2>) -> (tensor<64x52xi8>, tensor<2x64x28xi8>) {
  %p = auxact.pack_bits %i : tensor<64x100xi4> -> tensor<64x52xi8>
  %q = auxact.pack_bits %j : tensor<2x64x100xi2> -> tensor<2x64x28xi8>
  return %p, %q : tensor<64x52xi8>, tensor<2x64x28xi8>
}
