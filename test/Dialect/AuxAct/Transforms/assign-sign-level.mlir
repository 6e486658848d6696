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

// -----

// Attention whose projections have dropout and a view around them, and a mixer of
// tokens that a transposition makes of a linear layer.
// CHECK-LABEL: func.func @attention
func.func @attention(%x: tensor<4x2x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"}, %v: tensor<2x2xf32> {auxact.parameter = "v"})
    -> (tensor<4x2x8xf32> {auxact.output = "prediction"}) {
  // expected-remark @+1 {{'q': level 4: query, key or value projection}}
  %q = auxact.linear %x, %w {name = "q"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  // expected-remark @+1 {{'kv': level 4: query, key or value projection}}
  %k = auxact.linear %x, %w {name = "kv"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %o, %l = auxact.attention %q, %k, %k {heads = 2 : i64}
      : (tensor<4x2x8xf32>, tensor<4x2x8xf32>, tensor<4x2x8xf32>) -> (tensor<4x2x8xf32>, tensor<4x2x2xf32>)
  // expected-remark @+1 {{'proj': level 3: output projection of attention}}
  %p = auxact.linear %o, %w {name = "proj"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %d = auxact.dropout %p {probability = 0.1 : f64} : (tensor<4x2x8xf32>) -> tensor<4x2x8xf32>
  %h = auxact.add %x, %d : tensor<4x2x8xf32>
  %t = auxact.transpose %h {permutation = array<i64: 0, 2, 1>} : tensor<4x2x8xf32> -> tensor<4x8x2xf32>
  // expected-remark @+1 {{'t1': level 4: first layer of token mixing}}
  %a = auxact.linear %t, %v {name = "t1"} : (tensor<4x8x2xf32>, tensor<2x2xf32>) -> tensor<4x8x2xf32>
  %b = auxact.gelu %a : tensor<4x8x2xf32>
  // expected-remark @+1 {{'t2': level 3: second layer of token mixing}}
  %c = auxact.linear %b, %v {name = "t2"} : (tensor<4x8x2xf32>, tensor<2x2xf32>) -> tensor<4x8x2xf32>
  %u = auxact.transpose %c {permutation = array<i64: 0, 2, 1>} : tensor<4x8x2xf32> -> tensor<4x2x8xf32>
  %y = auxact.add %h, %u : tensor<4x2x8xf32>
  return %y : tensor<4x2x8xf32>
}
