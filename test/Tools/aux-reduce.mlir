// RUN: aux-reduce %s -reduction-tree='traversal-mode=0 test=%S/Inputs/has_gelu.sh' | FileCheck %s

// What has no part in the failure goes away.
//   CHECK-NOT: @innocent
// CHECK-LABEL: func.func @guilty
//       CHECK:   auxact.gelu
//   CHECK-NOT: @innocent
func.func @innocent(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.relu %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

func.func @guilty(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = auxact.gelu %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
