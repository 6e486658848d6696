// RUN: aux-opt %s -auxact-name-layers -auxact-annotate-entry | FileCheck %s

// CHECK-LABEL: func.func @labels
// CHECK-SAME: auxact.classes = 10 : i64, auxact.input = "y"
// CHECK-SAME: auxact.layers = ["0", "relu.1", "2", "cross_entropy.3"]
func.func @labels(%x: tensor<4x8xf32> {auxact.input = "x"},
                  %y: tensor<4xi32> {auxact.input = "y"},
                  %w0: tensor<16x8xf32> {auxact.parameter = "0.weight"},
                  %w1: tensor<10x16xf32> {auxact.parameter = "2.weight"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %w0 {name = "0"} : (tensor<4x8xf32>, tensor<16x8xf32>) -> tensor<4x16xf32>
  %r = auxact.relu %h : tensor<4x16xf32>
  %z = auxact.linear %r, %w1 {name = "2"} : (tensor<4x16xf32>, tensor<10x16xf32>) -> tensor<4x10xf32>
  %l = auxact.cross_entropy %z, %y : (tensor<4x10xf32>, tensor<4xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// A loss on targets has no classes.

// CHECK-LABEL: func.func @targets
// CHECK-NOT: auxact.classes
// CHECK-SAME: auxact.layers = ["mean_squared_error.0"]
func.func @targets(%x: tensor<4x8xf32> {auxact.input = "x"},
                   %y: tensor<4x8xf32> {auxact.input = "y"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %l = auxact.mean_squared_error %x, %y : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// Tokens choose rows of a table; labels that a loss ignores are allowed. What only
// moves elements stands between them and the input.

// CHECK-LABEL: func.func @tokens
// CHECK-SAME: auxact.classes = 20 : i64, auxact.input = "t"}
// CHECK-SAME: auxact.classes = 10 : i64, auxact.ignored = -100 : i64, auxact.input = "y", auxact.label}
func.func @tokens(%t: tensor<4x6xi32> {auxact.input = "t"},
                  %y: tensor<4x5xi32> {auxact.input = "y"},
                  %table: tensor<20x8xf32> {auxact.parameter = "table"},
                  %w: tensor<10x8xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %s = auxact.slice %t {dim = 1 : i64, start = 1 : i64, size = 5 : i64} : tensor<4x6xi32> -> tensor<4x5xi32>
  %x = auxact.embedding %s, %table : (tensor<4x5xi32>, tensor<20x8xf32>) -> tensor<4x5x8xf32>
  %z = auxact.linear %x, %w {name = "head"} : (tensor<4x5x8xf32>, tensor<10x8xf32>) -> tensor<4x5x10xf32>
  %l = auxact.cross_entropy %z, %y {ignore_index = -100 : i64} : (tensor<4x5x10xf32>, tensor<4x5xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// A value must be good for every reader: an embedding does not know what a loss
// ignores.

// CHECK-LABEL: func.func @both
// CHECK-SAME: (%{{.*}}: tensor<4xi32> {auxact.classes = 10 : i64, auxact.input = "t", auxact.label}
func.func @both(%t: tensor<4xi32> {auxact.input = "t"},
                %table: tensor<20x8xf32> {auxact.parameter = "table"},
                %w: tensor<10x8xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %x = auxact.embedding %t, %table : (tensor<4xi32>, tensor<20x8xf32>) -> tensor<4x8xf32>
  %l = auxact.linear_cross_entropy %x, %w, %t {ignore_index = -100 : i64} : (tensor<4x8xf32>, tensor<10x8xf32>, tensor<4xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// Kernels have neither labels nor layers.

// CHECK-LABEL: func.func private @kernel_0
// CHECK-NOT: auxact.layers
func.func private @kernel_0(%x: tensor<4xf32>) -> tensor<4xf32> attributes {auxact.kernel} {
  return %x : tensor<4xf32>
}
