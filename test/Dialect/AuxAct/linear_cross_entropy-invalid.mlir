// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A weight fits the features.
func.func @weight(%x: tensor<3x8xf32>, %w: tensor<600x9xf32>, %y: tensor<3xi32>) -> tensor<f32> {
  // expected-error @+1 {{expects a weight of two dimensions (classes, 8), but it is 'tensor<600x9xf32>'}}
  %l = auxact.linear_cross_entropy %x, %w, %y : (tensor<3x8xf32>, tensor<600x9xf32>, tensor<3xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

func.func @bias(%x: tensor<3x8xf32>, %w: tensor<600x8xf32>, %y: tensor<3xi32>, %b: tensor<8xf32>) -> tensor<f32> {
  // expected-error @+1 {{expects a bias of 600 elements, one a class, but it is 'tensor<8xf32>'}}
  %l = auxact.linear_cross_entropy %x, %w, %y, %b : (tensor<3x8xf32>, tensor<600x8xf32>, tensor<3xi32>, tensor<8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

func.func @labels(%x: tensor<3x8xf32>, %w: tensor<600x8xf32>, %y: tensor<4xi32>) -> tensor<f32> {
  // expected-error @+1 {{expects one label a row of 'tensor<3x8xf32>', but the labels are 'tensor<4xi32>'}}
  %l = auxact.linear_cross_entropy %x, %w, %y : (tensor<3x8xf32>, tensor<600x8xf32>, tensor<4xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Parts of the weight start where kernels can read them.
func.func @chunk(%x: tensor<3x8xf32>, %w: tensor<600x8xf32>, %y: tensor<3xi32>) -> tensor<f32> {
  // expected-error @+1 {{expects a chunk that is a multiple of 256, but it is 100}}
  %l = auxact.linear_cross_entropy %x, %w, %y {chunk = 100 : i64} : (tensor<3x8xf32>, tensor<600x8xf32>, tensor<3xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

func.func @smoothing(%x: tensor<3x8xf32>, %w: tensor<600x8xf32>, %y: tensor<3xi32>) -> tensor<f32> {
  // expected-error @+1 {{expects label_smoothing in [0, 1), but it is -1}}
  %l = auxact.linear_cross_entropy %x, %w, %y {label_smoothing = -1.0 : f32} : (tensor<3x8xf32>, tensor<600x8xf32>, tensor<3xi32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

func.func @rank(%x: tensor<8xf32>, %w: tensor<600x8xf32>, %y: tensor<i32>) -> tensor<f32> {
  // expected-error @+1 {{expects an input of at least two dimensions (rows, features), but it is 'tensor<8xf32>'}}
  %l = auxact.linear_cross_entropy %x, %w, %y : (tensor<8xf32>, tensor<600x8xf32>, tensor<i32>) -> tensor<f32>
  return %l : tensor<f32>
}
