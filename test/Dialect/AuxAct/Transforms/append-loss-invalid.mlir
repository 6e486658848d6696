// RUN: aux-opt %s -auxact-append-loss="loss=cross_entropy" -split-input-file -verify-diagnostics
// RUN: not aux-opt %s -auxact-append-loss="loss=hinge" -split-input-file 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not aux-opt %s -auxact-append-loss="loss=cross_entropy label-type=f32" -split-input-file 2>&1 | FileCheck %s --check-prefix=LABELS
// RUN: not aux-opt %s -auxact-append-loss="loss=cross_entropy label-smoothing=1.0" -split-input-file 2>&1 | FileCheck %s --check-prefix=SMOOTHING
// RUN: not aux-opt %s -auxact-append-loss="loss=mean_squared_error label-smoothing=0.5" -split-input-file 2>&1 | FileCheck %s --check-prefix=WHICH

// NAME: error: expected loss to be 'cross_entropy' or 'mean_squared_error', but it is 'hinge'
// LABELS: error: expected label-type to be 'i32' or 'i64', but it is 'f32'
// SMOOTHING: error: expected label-smoothing in [0, 1), but it is 1.0
// WHICH: error: expected no label-smoothing for 'mean_squared_error', but it is 0.5

// A model with a loss of its own gets no other.
// expected-error@below {{has a loss already, as result 1; leave out either that or loss=cross_entropy}}
func.func @two_losses(%x: tensor<4x8xf32> {auxact.input = "x"}, %t: tensor<4x8xf32> {auxact.input = "t"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"}) {
  // expected-note@below {{the loss is made here}}
  %l = auxact.mean_squared_error %x, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %x, %l : tensor<4x8xf32>, tensor<f32>
}

// -----

// Two results, none of them said to be the prediction.
// expected-error@below {{expects a result marked `auxact.output = "prediction"`}}
func.func @which(%x: tensor<4x8xf32> {auxact.input = "x"}) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  return %x, %x : tensor<4x8xf32>, tensor<4x8xf32>
}

// -----

// The name of the labels is taken.
// expected-error@below {{has an input 'y' already, which is the name of the appended loss's labels; rename that input}}
func.func @name(%x: tensor<4x8xf32> {auxact.input = "y"}) -> tensor<4x8xf32> {
  return %x : tensor<4x8xf32>
}

// -----

// Classes need a dimension.
// expected-error@below {{expects a prediction of at least two dimensions (rows, classes) for cross_entropy, but it is 'tensor<4xf32>'}}
func.func @rank(%x: tensor<4xf32> {auxact.input = "x"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// expected-error@below {{expects a prediction that is a tensor of floats, but it is 'tensor<4x8xi32>'}}
func.func @integers(%x: tensor<4x8xi32> {auxact.input = "x"}) -> tensor<4x8xi32> {
  return %x : tensor<4x8xi32>
}
