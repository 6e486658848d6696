// RUN: aux-opt %s -auxact-use-averages -split-input-file -verify-diagnostics | FileCheck %s

// Parameters become state, buffers stay.

// CHECK-LABEL: func @predict(
// CHECK-SAME: %{{.*}}: tensor<4xf32> {auxact.input = "x"}
// CHECK-SAME: %{{.*}}: tensor<4xf32> {auxact.init = 0.000000e+00 : f32, auxact.state = "w.ema"}
// CHECK-SAME: %{{.*}}: tensor<4xf32> {auxact.buffer = "mean"}
func.func @predict(%x: tensor<4xf32> {auxact.input = "x"}, %w: tensor<4xf32> {auxact.parameter = "w"},
                   %m: tensor<4xf32> {auxact.buffer = "mean"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  %p = auxact.add %x, %w : tensor<4xf32>
  %q = auxact.add %p, %m : tensor<4xf32>
  return %q : tensor<4xf32>
}

// -----

// An update of the average alone would be lost.
// expected-error@below {{updates 'w'; only an entry that changes no parameter can read averages}}
func.func @step(%w: tensor<4xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64}) -> tensor<4xf32> {
  return %w : tensor<4xf32>
}
