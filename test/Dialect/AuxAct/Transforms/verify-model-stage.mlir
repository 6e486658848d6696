// RUN: aux-opt %s -auxact-verify-model-stage | FileCheck %s

// Declarations, an input and a parameter of one name, and a result that
// replaces a buffer are fine.

// CHECK: func @model
func.func @model(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<3x8xf32> {auxact.parameter = "x"},
                 %n: tensor<8xf32> {auxact.buffer = "count", auxact.replaced_by = 0 : i64},
                 %s: tensor<f32> {auxact.scalar = "temperature"})
    -> (tensor<8xf32>, tensor<4x3xf32> {auxact.output = "prediction"}) {
  %y = auxact.linear %x, %w {name = "0", rule = #auxact.sign<epsilon = 0.01, gain = 1.0>} : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x3xf32>
  return %n, %y : tensor<8xf32>, tensor<4x3xf32>
}
func.func private @helper(%x: tensor<?xf32>) -> tensor<?xf32>
