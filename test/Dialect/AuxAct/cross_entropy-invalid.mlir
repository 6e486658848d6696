// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Labels are integers.
func.func @float_labels(%z: tensor<4x10xf32>, %y: tensor<4xf32>) -> tensor<f32> {
  // expected-error @+1 {{operand #1 must be statically shaped tensor of signless integer values, but got 'tensor<4xf32>'}}
  %l = auxact.cross_entropy %z, %y : (tensor<4x10xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Labels wide enough for any number of classes.
func.func @narrow_labels(%z: tensor<4x10xf32>, %y: tensor<4xi8>) -> tensor<f32> {
  // expected-error @+1 {{expects labels of type i32 or i64, but they are 'i8'}}
  %l = auxact.cross_entropy %z, %y : (tensor<4x10xf32>, tensor<4xi8>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// One label a row, no one-hot rows.
func.func @one_hot(%z: tensor<4x10xf32>, %y: tensor<4x10xi32>) -> tensor<f32> {
  // expected-error @+1 {{expects one label a row of 'tensor<4x10xf32>', but the labels are 'tensor<4x10xi32>'}}
  %l = auxact.cross_entropy %z, %y : (tensor<4x10xf32>, tensor<4x10xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Rows are needed for a mean over the batch.
func.func @rank(%z: tensor<10xf32>, %y: tensor<i32>) -> tensor<f32> {
  // expected-error @+1 {{expects logits of at least two dimensions (rows, classes), but they are 'tensor<10xf32>'}}
  %l = auxact.cross_entropy %z, %y : (tensor<10xf32>, tensor<i32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Smoothing is a probability less than one.
func.func @smoothing(%z: tensor<4x10xf32>, %y: tensor<4xi32>) -> tensor<f32> {
  // expected-error @+1 {{expects label_smoothing in [0, 1), but it is 1}}
  %l = auxact.cross_entropy %z, %y {label_smoothing = 1.0 : f32} : (tensor<4x10xf32>, tensor<4xi32>) -> tensor<f32>
  return %l : tensor<f32>
}
