// RUN: aux-opt %s -canonicalize | FileCheck %s

// Unpacking what was packed is the predicate itself.
// CHECK-LABEL: func.func @round_trip
//  CHECK-SAME:   (%[[I:.*]]: tensor<64x100xi1>)
//   CHECK-NOT:   auxact.unpack_bits
//       CHECK:   return %[[I]]
func.func @round_trip(%i: tensor<64x100xi1>) -> tensor<64x100xi1> {
  %p = auxact.pack_bits %i : tensor<64x100xi1> -> tensor<64x16xi8>
  %u = auxact.unpack_bits %p : tensor<64x16xi8> -> tensor<64x100xi1>
  return %u : tensor<64x100xi1>
}
