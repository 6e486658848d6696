// RUN: aux-opt %s -auxact-assign-rules="rules='* = #auxact.exact; b.* := #auxact.checkpoint'" | FileCheck %s --check-prefix=MARKED
// RUN: aux-opt %s -auxact-assign-rules="rules='b.* := #auxact.checkpoint'" -auxact-differentiate -auxact-checkpoint-blocks -canonicalize -cse | FileCheck %s
// RUN: not aux-opt %s -auxact-assign-rules="rules='c.* := #auxact.checkpoint'" 2>&1 | FileCheck %s --check-prefix=NONE

// A block is the shortest prefix of a layer's name that the pattern matches.
// MARKED: auxact.linear {{.*}}auxact.block = "b.0", name = "b.0.fc1"
// MARKED: auxact.gelu {{.*}}auxact.block = "b.0", name = "b.0.act"
// MARKED: auxact.linear {{.*}}auxact.block = "b.0", name = "b.0.fc2"
// MARKED-NOT: auxact.block

// NONE: rules:1:1: error: the pattern 'c.*' matches no block of 'mlp'

// Of the block its input is kept, with the bytes of what it stands for; what its
// backward reads is made again from there.
// CHECK-LABEL: func.func @mlp
//  CHECK-SAME:   %[[X:[a-z0-9]+]]: tensor<4x8xf32>
//       CHECK:   %[[H:.*]] = auxact.linear %[[X]]
//  CHECK-SAME:     name = "stem"
//       CHECK:   auxact.gelu
//       CHECK:   auxact.mean_squared_error
//       CHECK:   %[[KEPT:.*]] = auxact.save %[[H]] layer "b.0" rule "checkpoint" exact_bytes 384 : tensor<4x8xf32>
//       CHECK:   %[[AGAIN:.*]] = auxact.linear %[[KEPT]]
//  CHECK-SAME:     name = "b.0.fc1"
//       CHECK:   auxact.gelu %[[AGAIN]]
//   CHECK-NOT:   auxact.save {{.*}} layer "b.0.
//       CHECK:   return
func.func @mlp(%x: tensor<4x8xf32> {auxact.input = "x"}, %t: tensor<4x8xf32> {auxact.input = "y"},
               %s: tensor<8x8xf32> {auxact.parameter = "stem.weight"},
               %w: tensor<8x8xf32> {auxact.parameter = "b.0.fc1.weight"},
               %v: tensor<8x8xf32> {auxact.parameter = "b.0.fc2.weight"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %s {name = "stem"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %a = auxact.linear %h, %w {name = "b.0.fc1"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %g = auxact.gelu %a {name = "b.0.act"} : tensor<4x8xf32>
  %y = auxact.linear %g, %v {name = "b.0.fc2"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %z = auxact.add %h, %y : tensor<4x8xf32>
  %l = auxact.mean_squared_error %z, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
