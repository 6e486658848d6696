// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// What a model says of its arguments and results.
// CHECK-LABEL: func.func @step
//  CHECK-SAME:   {auxact.input = "x"}
//  CHECK-SAME:   {auxact.parameter = "0.weight", auxact.replaced_by = 1 : i64}
//  CHECK-SAME:   {auxact.buffer = "0.mean"}
//  CHECK-SAME:   {auxact.init = 0.000000e+00 : f32, auxact.state = "0.weight.momentum"}
//  CHECK-SAME:   {auxact.scalar = "lr"}
//  CHECK-SAME:   {auxact.output = "prediction"}
func.func @step(%x: tensor<4x8xf32> {auxact.input = "x"},
                %w: tensor<8x8xf32> {auxact.parameter = "0.weight", auxact.replaced_by = 1 : i64},
                %m: tensor<8xf32> {auxact.buffer = "0.mean"},
                %v: tensor<8x8xf32> {auxact.state = "0.weight.momentum", auxact.init = 0.0 : f32},
                %lr: tensor<f32> {auxact.scalar = "lr"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}, tensor<8x8xf32>) {
  %y = auxact.linear %x, %w : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %y, %w : tensor<4x8xf32>, tensor<8x8xf32>
}
