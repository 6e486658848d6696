// RUN: aux-opt %s -auxact-share-saved-values | FileCheck %s

// The value is kept for layer "2" anyway: the mask is taken from it.
// CHECK-LABEL: func.func @kept
// CHECK-SAME: (%[[Y:[^:]*]]: tensor<64x100xf32>)
func.func @kept(%y: tensor<64x100xf32>) -> (tensor<64x100xi1, #auxact.bits>, tensor<64x100xf32>) {
  // CHECK: %[[T:.*]] = auxact.save %[[Y]] layer "1" rule "relu"
  // CHECK: %[[K:.*]] = auxact.encode %[[T]]
  // CHECK: %[[S:.*]] = auxact.save %[[Y]] layer "2" rule "exact"
  // CHECK: return %[[K]], %[[S]]
  %b = auxact.encode %y : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
  %k = auxact.save %b layer "1" rule "relu" exact_bytes 1024 : tensor<64x100xi1, #auxact.bits>
  %s = auxact.save %y layer "2" rule "exact" exact_bytes 25600 : tensor<64x100xf32>
  return %k, %s : tensor<64x100xi1, #auxact.bits>, tensor<64x100xf32>
}

// Nobody keeps the value itself: the bits stay.
// CHECK-LABEL: func.func @alone
func.func @alone(%y: tensor<64x100xf32>) -> tensor<64x100xi1, #auxact.bits> {
  // CHECK: %[[B:.*]] = auxact.encode
  // CHECK: auxact.save %[[B]] layer "1"
  %b = auxact.encode %y : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
  %k = auxact.save %b layer "1" rule "relu" exact_bytes 1024 : tensor<64x100xi1, #auxact.bits>
  return %k : tensor<64x100xi1, #auxact.bits>
}
