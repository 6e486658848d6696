// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @save
//  CHECK-SAME:   (%[[B:.*]]: tensor<64x100xi1, #auxact.bits>)
//       CHECK:   auxact.save %[[B]] layer "0" rule "sign" exact_bytes 25600 : tensor<64x100xi1, #auxact.bits>
func.func @save(%b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xi1, #auxact.bits> {
  %k = auxact.save %b layer "0" rule "sign" exact_bytes 25600 : tensor<64x100xi1, #auxact.bits>
  return %k : tensor<64x100xi1, #auxact.bits>
}
