// RUN: aux-opt %s -auxact-assign-residual-groups="strides=2,2 downsample=first" 2>&1 | FileCheck %s --check-prefixes=CHECK,FIRST
// RUN: aux-opt %s -auxact-assign-residual-groups="strides=2,2 downsample=last" 2>&1 | FileCheck %s --check-prefixes=CHECK,LAST
// By names: the block that changes the resolution, `s1.down`, stands beside `s1.a`.
// RUN: aux-opt %s -auxact-assign-residual-groups="strides=2,2" 2>&1 | FileCheck %s --check-prefixes=CHECK,LAST
// RUN: sed s/s1.down/s2.down/ %s | aux-opt -auxact-assign-residual-groups="strides=2,2" 2>&1 | sed s/s2.down/s1.down/ | FileCheck %s --check-prefixes=CHECK,FIRST

// A block that turns four positions of 8 features into one of 32, by a view in
// its body and in its shortcut. The shortcut of its stage's last block reads the
// group's shape, its body another one.
// CHECK: 's1.a.l': exact: its block is the first of group 1 in stage 1
// FIRST: 's1.down.l': exact: its block changes the resolution, and the groups of the stage start after it
// FIRST: 's1.down.short': exact: its block changes the resolution
// LAST: 's1.down.l': takes the input of 's1.a.l', the tensor of group 1 in stage 1
// LAST: 's1.down.short': takes the input of 's1.a.l', the tensor of group 1 in stage 1
// CHECK: 's2.a.l': exact: its block is the first of group 1 in stage 2
// CHECK: 's2.b.l': takes the input of 's2.a.l', the tensor of group 1 in stage 2
// CHECK: 's2.c.l': exact: its block is the first of group 2 in stage 2
func.func @stages(%x: tensor<4x2x2x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"}, %v: tensor<32x32xf32> {auxact.parameter = "v"})
    -> (tensor<4x1x1x32xf32> {auxact.output = "prediction"}) {
  %a0 = auxact.linear %x, %w {name = "s1.a.l"} : (tensor<4x2x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x2x8xf32>
  %h1 = auxact.add %a0, %x : tensor<4x2x2x8xf32>
  %a1 = auxact.linear %h1, %w {name = "s1.down.l"} : (tensor<4x2x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x2x8xf32>
  %m1 = auxact.linear %a1, %w {name = "s1.down.m"} : (tensor<4x2x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x2x8xf32>
  %b1 = auxact.reshape %m1 : tensor<4x2x2x8xf32> -> tensor<4x1x1x32xf32>
  %s1 = auxact.linear %h1, %w {name = "s1.down.short"} : (tensor<4x2x2x8xf32>, tensor<8x8xf32>) -> tensor<4x2x2x8xf32>
  %t1 = auxact.reshape %s1 : tensor<4x2x2x8xf32> -> tensor<4x1x1x32xf32>
  %h2 = auxact.add %b1, %t1 : tensor<4x1x1x32xf32>
  %a2 = auxact.linear %h2, %v {name = "s2.a.l"} : (tensor<4x1x1x32xf32>, tensor<32x32xf32>) -> tensor<4x1x1x32xf32>
  %h3 = auxact.add %a2, %h2 : tensor<4x1x1x32xf32>
  %a3 = auxact.linear %h3, %v {name = "s2.b.l"} : (tensor<4x1x1x32xf32>, tensor<32x32xf32>) -> tensor<4x1x1x32xf32>
  %h4 = auxact.add %h3, %a3 : tensor<4x1x1x32xf32>
  %a4 = auxact.linear %h4, %v {name = "s2.c.l"} : (tensor<4x1x1x32xf32>, tensor<32x32xf32>) -> tensor<4x1x1x32xf32>
  %h5 = auxact.add %h4, %a4 : tensor<4x1x1x32xf32>
  return %h5 : tensor<4x1x1x32xf32>
}
