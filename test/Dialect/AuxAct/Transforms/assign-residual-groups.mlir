// RUN: aux-opt %s -auxact-assign-residual-groups=strides=2 -verify-diagnostics -split-input-file | FileCheck %s

// A residual perceptron of four blocks, each with an addition the other way
// round than the one before: groups of two. What stands behind the first layer of
// a block, or outside of blocks, stays exact.
// CHECK-LABEL: func.func @perceptron
func.func @perceptron(%x: tensor<4x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}) {
  // expected-remark @+1 {{'stem': exact: it is in no residual block}}
  %h0 = auxact.linear %x, %w {name = "stem"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // expected-remark @+1 {{'0.up': exact: its block is the first of group 1 in stage 1}}
  %a0 = auxact.linear %h0, %w {name = "0.up"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %b0 = auxact.relu %a0 : tensor<4x8xf32>
  // expected-remark @+1 {{'0.down': exact: it is not the first layer of its block}}
  %c0 = auxact.linear %b0, %w {name = "0.down"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %d0 = auxact.add %h0, %c0 : tensor<4x8xf32>
  %h1 = auxact.relu %d0 : tensor<4x8xf32>
  // CHECK: name = "1.up", rule = #auxact.residual<from = "0.up">
  // expected-remark @+1 {{'1.up': takes the input of '0.up', the tensor of group 1 in stage 1}}
  %a1 = auxact.linear %h1, %w {name = "1.up"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // expected-remark @+1 {{'1.down': exact: it is not the first layer of its block}}
  %c1 = auxact.linear %a1, %w {name = "1.down"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %h2 = auxact.add %c1, %h1 : tensor<4x8xf32>
  // CHECK: name = "2.up"} :
  // expected-remark @+1 {{'2.up': exact: its block is the first of group 2 in stage 1}}
  %a2 = auxact.linear %h2, %w {name = "2.up"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %h3 = auxact.add %a2, %h2 : tensor<4x8xf32>
  // An activation inside the block, before its first layer, and two layers that
  // read it.
  %n3 = auxact.gelu %h3 : tensor<4x8xf32>
  // CHECK: name = "3.a", rule = #auxact.residual<from = "2.up">
  // expected-remark @+1 {{'3.a': takes the input of '2.up', the tensor of group 2 in stage 1}}
  %a3 = auxact.linear %n3, %w {name = "3.a"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: name = "3.b", rule = #auxact.residual<from = "2.up">
  // expected-remark @+1 {{'3.b': takes the input of '2.up', the tensor of group 2 in stage 1}}
  %b3 = auxact.linear %n3, %w {name = "3.b"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %c3 = auxact.add %a3, %b3 : tensor<4x8xf32>
  %h4 = auxact.add %h3, %c3 : tensor<4x8xf32>
  return %h4 : tensor<4x8xf32>
}

// -----

// Behind a block that changes the number of features, a group begins anew, so
// that `2.up` shares with `1.up` and not with `0.up`.
// CHECK-LABEL: func.func @wider
func.func @wider(%x: tensor<4x8xf32> {auxact.input = "x"},
    %w: tensor<16x8xf32> {auxact.parameter = "w"}, %v: tensor<16x16xf32> {auxact.parameter = "v"})
    -> (tensor<4x16xf32> {auxact.output = "prediction"}) {
  // expected-remark @+1 {{'0.up': exact: its block is the first of group 1 in stage 1}}
  %a0 = auxact.linear %x, %w {name = "0.up"} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  // expected-remark @+1 {{'0.down': exact: it is not the first layer of its block}}
  %b0 = auxact.linear %a0, %v {name = "0.down"} : (tensor<4x16xf32>, tensor<16x16xf32>) -> tensor<4x16xf32>
  // expected-remark @+1 {{'0.short': exact: its block is the first of group 1 in stage 1}}
  %s0 = auxact.linear %x, %w {name = "0.short"} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  %h1 = auxact.add %b0, %s0 : tensor<4x16xf32>
  // expected-remark @+1 {{'1.up': exact: its block is the first of group 2 in stage 1}}
  %a1 = auxact.linear %h1, %v {name = "1.up"} : (tensor<4x16xf32>, tensor<16x16xf32>) -> tensor<4x16xf32>
  %h2 = auxact.add %a1, %h1 : tensor<4x16xf32>
  // CHECK: name = "2.up", rule = #auxact.residual<from = "1.up">
  // expected-remark @+1 {{'2.up': takes the input of '1.up', the tensor of group 2 in stage 1}}
  %a2 = auxact.linear %h2, %v {name = "2.up"} : (tensor<4x16xf32>, tensor<16x16xf32>) -> tensor<4x16xf32>
  %h3 = auxact.add %a2, %h2 : tensor<4x16xf32>
  return %h3 : tensor<4x16xf32>
}

// -----

// The first layer of the later block reads another shape than the group's tensor
// has, though its block does not.
// CHECK-LABEL: func.func @reshaped
func.func @reshaped(%x: tensor<4x2x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"}, %v: tensor<4x4xf32> {auxact.parameter = "v"})
    -> (tensor<4x2x8xf32> {auxact.output = "prediction"}) {
  // expected-remark @+1 {{'0': exact: its block is the first of group 1 in stage 1}}
  %a0 = auxact.linear %x, %w {name = "0"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %h1 = auxact.add %a0, %x : tensor<4x2x8xf32>
  %r1 = auxact.reshape %h1 : tensor<4x2x8xf32> -> tensor<4x4x4xf32>
  // CHECK: name = "1"} :
  // expected-remark @+1 {{'1': exact: its input is tensor<4x4x4xf32>, the tensor of its group tensor<4x2x8xf32>}}
  %a1 = auxact.linear %r1, %v {name = "1"} : (tensor<4x4x4xf32>, tensor<4x4xf32>) -> tensor<4x4x4xf32>
  %b1 = auxact.reshape %a1 : tensor<4x4x4xf32> -> tensor<4x2x8xf32>
  // expected-remark @+1 {{'1.short': takes the input of '0', the tensor of group 1 in stage 1}}
  %s1 = auxact.linear %h1, %w {name = "1.short"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  // expected-remark @+1 {{'1.last': exact: it is not the first layer of its block}}
  %c1 = auxact.linear %b1, %w {name = "1.last"} : (tensor<4x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x8xf32>
  %h2 = auxact.add %c1, %s1 : tensor<4x2x8xf32>
  return %h2 : tensor<4x2x8xf32>
}
