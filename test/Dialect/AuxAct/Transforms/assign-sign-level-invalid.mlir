// RUN: aux-opt %s -auxact-assign-sign-level -verify-diagnostics
// RUN: not aux-opt %s -auxact-assign-sign-level=level=5 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not aux-opt %s -auxact-assign-sign-level="rule='1 : i32'" 2>&1 | FileCheck %s --check-prefix=RULE
// LEVEL: expects a level from 1 to 4, but got 5
// RULE: expects a rule, but got '1 : i32'

// Two layers in a row, and a residual connection around neither of them.
// expected-error @+1 {{has no feed-forward layer and no projection of attention: two layers with an activation between them, inside a residual connection, or a layer next to attention}}
func.func @none(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}) {
  %0 = auxact.linear %x, %w {name = "0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = auxact.relu %0 : tensor<4x8xf32>
  %2 = auxact.linear %1, %w {name = "1"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %2 : tensor<4x8xf32>
}
