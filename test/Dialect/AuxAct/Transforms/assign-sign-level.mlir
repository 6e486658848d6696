// RUN: aux-opt %s -auxact-assign-sign-level=level=1 -split-input-file 2>/dev/null | FileCheck %s --check-prefixes=CHECK,ONE
// RUN: aux-opt %s -auxact-assign-sign-level="level=2 rule='#auxact.sign<center, scale = ratio>'" -split-input-file -verify-diagnostics | FileCheck %s --check-prefixes=CHECK,TWO

// A norm-free feed-forward block, the second layer of it behind a view as well.
// The stem and the head are no part of a residual connection, and the layer that
// is alone in one is no pair.
// CHECK-LABEL: func.func @blocks
func.func @blocks(%x: tensor<4x2x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x2x8xf32> {auxact.output = "prediction"}) {
  // expected-remark @+1 {{'stem': exact: neither a feed-forward layer nor a projection of attention}}
  %h0 = auxact.linear %x, %w {name = "stem"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  // ONE: name = "up"} :
  // TWO: name = "up", rule = #auxact.sign<center, scale = ratio>}
  // expected-remark @+1 {{'up': level 2: first feed-forward layer}}
  %a0 = auxact.linear %h0, %w {name = "up"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %b0 = auxact.gelu %a0 : tensor<4x2x8xf32>
  %c0 = auxact.reshape %b0 : tensor<4x2x8xf32> -> tensor<4x1x16xf32>
  %d0 = auxact.reshape %c0 : tensor<4x1x16xf32> -> tensor<4x2x8xf32>
  // ONE: name = "down", rule = #auxact.sign<epsilon = 1.000000e-02, gain = 1.000000e+02>}
  // TWO: name = "down", rule = #auxact.sign<center, scale = ratio>}
  // expected-remark @+1 {{'down': level 1: second feed-forward layer}}
  %e0 = auxact.linear %d0, %w {name = "down"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %h1 = auxact.add %e0, %h0 : tensor<4x2x8xf32>
  // CHECK: name = "alone"} :
  // expected-remark @+1 {{'alone': exact: neither a feed-forward layer nor a projection of attention}}
  %a1 = auxact.linear %h1, %w {name = "alone"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %h2 = auxact.add %h1, %a1 : tensor<4x2x8xf32>
  // CHECK: name = "head"} :
  // expected-remark @+1 {{'head': exact: neither a feed-forward layer nor a projection of attention}}
  %y = auxact.linear %h2, %w {name = "head"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  return %y : tensor<4x2x8xf32>
}
