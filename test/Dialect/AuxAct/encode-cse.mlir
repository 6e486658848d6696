// RUN: aux-opt %s -cse | FileCheck %s

// A relu's mask and the sign bits of its output are one value.
// CHECK-LABEL: func.func @one_value
//       CHECK:   %[[B:.*]] = auxact.encode
//   CHECK-NOT:   auxact.encode
//       CHECK:   return %[[B]], %[[B]]
func.func @one_value(%x: tensor<4x8xf32>) -> (tensor<4x8xi1, #auxact.bits>, tensor<4x8xi1, #auxact.bits>) {
  %r = auxact.relu %x : tensor<4x8xf32>
  %mask = auxact.encode %r : tensor<4x8xf32> -> tensor<4x8xi1, #auxact.bits>
  %sign = auxact.encode %r : tensor<4x8xf32> -> tensor<4x8xi1, #auxact.bits>
  return %mask, %sign : tensor<4x8xi1, #auxact.bits>, tensor<4x8xi1, #auxact.bits>
}
