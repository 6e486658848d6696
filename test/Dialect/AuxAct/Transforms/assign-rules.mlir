// RUN: aux-opt %s -auxact-assign-rules="rules-file=%S/Inputs/assign-rules.rules" | FileCheck %s
// RUN: aux-opt %s -auxact-assign-rules="rules='2.1 = #auxact.exact; 0 = #auxact.recompute' rules-file=%S/Inputs/assign-rules.rules" | FileCheck %s --check-prefix=BOTH
// RUN: aux-opt %s -auxact-assign-rules | FileCheck %s --check-prefix=NONE

// The first match wins; a shared layer's activation is what the network has at
// that layer.

// CHECK-LABEL: func @mlp(
// CHECK-SAME: %[[X:[^ ,:]*]]: tensor<4x8xf32>
// CHECK: auxact.linear %[[X]], %{{[^ ]*}} {name = "0", rule = #auxact.exact}
// CHECK: auxact.linear %{{[^ ]*}}, %{{[^ ]*}} aux(%[[X]]) {name = "2.0", rule = #auxact.residual}
// CHECK: auxact.linear {{.*}} {name = "2.1", rule = #auxact.sign<epsilon = 5.000000e-01, gain = mean_abs>}
// CHECK: auxact.linear {{.*}} {name = "head", rule = #auxact.recompute}

// The text comes before the file.

// BOTH-LABEL: func @mlp(
// BOTH: auxact.linear {{.*}} {name = "0", rule = #auxact.recompute}
// BOTH: auxact.linear {{.*}} aux({{.*}} {name = "2.0", rule = #auxact.residual}
// BOTH: auxact.linear {{.*}} {name = "2.1", rule = #auxact.exact}
// BOTH: auxact.linear {{.*}} {name = "head", rule = #auxact.recompute}

// Without a match a layer keeps what the model says; what the model names is
// wired as well.

// NONE-LABEL: func @mlp(
// NONE-SAME: %[[X:[^ ,:]*]]: tensor<4x8xf32>
// NONE: %[[H:.*]] = auxact.linear %[[X]], %{{[^ ]*}} {name = "0"}
// NONE: %[[R:.*]] = auxact.relu %[[H]]
// NONE: auxact.linear %[[R]], %{{[^ ]*}} {name = "2.0", rule = #auxact.sign
// NONE: auxact.linear %{{[^ ]*}}, %{{[^ ]*}} aux(%[[R]]) {name = "2.1", rule = #auxact.residual}
func.func @mlp(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<8x8xf32> {auxact.parameter = "w"}) -> tensor<4x8xf32> {
  %0 = auxact.linear %x, %w {name = "0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = auxact.relu %0 {name = "1"} : tensor<4x8xf32>
  %2 = auxact.linear %1, %w {name = "2.0", rule = #auxact.sign<epsilon = 0.01, gain = 100.0>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %3 = auxact.linear %2, %w {name = "2.1", rule = #auxact.residual<from = "2.0">} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %4 = auxact.linear %3, %w {name = "head"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}
