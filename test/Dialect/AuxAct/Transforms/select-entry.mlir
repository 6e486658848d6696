// RUN: aux-opt %s -pass-pipeline='builtin.module(func.func(auxact-select-entry{entry=predict outputs=prediction}))' | FileCheck %s --check-prefix=PREDICT
// RUN: aux-opt %s -pass-pipeline='builtin.module(func.func(auxact-select-entry{entry=probe outputs=loss read-only}))' | FileCheck %s --check-prefix=READONLY
// RUN: not aux-opt %s -auxact-select-entry 2>&1 | FileCheck %s --check-prefix=ERROR

// Labels are no input of a prediction; the new state stays, under its number.
// PREDICT: func.func @predict(
// PREDICT-NOT: auxact.input = "t"
// PREDICT-SAME: auxact.parameter = "w", auxact.replaced_by = 1
// PREDICT-SAME: -> (tensor<4x8xf32> {auxact.output = "prediction"}, tensor<4x8xf32>)
// PREDICT-NOT: mean_squared_error

// READONLY: func.func @probe(
// READONLY-NOT: auxact.replaced_by
// READONLY-SAME: -> (tensor<f32> {auxact.output = "loss"})

// ERROR: error: 'func.func' op needs the name of an entry
func.func @model(%x: tensor<4x8xf32> {auxact.input = "x"}, %t: tensor<4x8xf32> {auxact.input = "t"},
                 %w: tensor<4x8xf32> {auxact.parameter = "w", auxact.replaced_by = 2 : i64})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"}, tensor<4x8xf32>) {
  %p = auxact.add %x, %w : tensor<4x8xf32>
  %l = auxact.mean_squared_error %p, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  %n = auxact.relu %w : tensor<4x8xf32>
  return %p, %l, %n : tensor<4x8xf32>, tensor<f32>, tensor<4x8xf32>
}
