// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Features stand beside a batch.
func.func @rank(%x: tensor<16xf32>, %m: tensor<16xf32>) {
  // expected-error @+1 {{expects an input of at least two dimensions (batch, features), but it is 'tensor<16xf32>'}}
  %0:3 = auxact.batch_norm %x running(%m, %m) : (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>)
  return
}

// -----

// One weight a feature.
func.func @weight(%x: tensor<8x16xf32>, %w: tensor<8xf32>, %m: tensor<16xf32>) {
  // expected-error @+1 {{expects a weight of type 'tensor<16xf32>', one element a feature of 'tensor<8x16xf32>', but it is 'tensor<8xf32>'}}
  %0:3 = auxact.batch_norm %x weight(%w) running(%m, %m) : (tensor<8x16xf32>, tensor<8xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return
}

// -----

// Statistics of every feature.
func.func @running(%x: tensor<8x16xf32>, %m: tensor<16xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{expects a running variance of type 'tensor<16xf32>', one element a feature of 'tensor<8x16xf32>', but it is 'tensor<f32>'}}
  %0:3 = auxact.batch_norm %x running(%m, %v) : (tensor<8x16xf32>, tensor<16xf32>, tensor<f32>)
      -> (tensor<8x16xf32>, tensor<16xf32>, tensor<f32>)
  return
}

// -----

// The momentum is a share.
func.func @momentum(%x: tensor<8x16xf32>, %m: tensor<16xf32>) {
  // expected-error @+1 {{expects momentum in [0, 1], but it is 1.500000e+00}}
  %0:3 = auxact.batch_norm %x running(%m, %m) {momentum = 1.5} : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return
}

// -----

// A constant feature has variance 0.
func.func @epsilon(%x: tensor<8x16xf32>, %m: tensor<16xf32>) {
  // expected-error @+1 {{expects epsilon > 0, but it is 0.000000e+00}}
  %0:3 = auxact.batch_norm %x running(%m, %m) {epsilon = 0.0} : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return
}

// -----

// The input keeps its shape.
func.func @result(%x: tensor<8x16xf32>, %m: tensor<16xf32>) {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) 'tensor<8x16xf32>', 'tensor<16xf32>', 'tensor<16xf32>' are incompatible with return type(s) of operation 'tensor<4x16xf32>', 'tensor<16xf32>', 'tensor<16xf32>'}}
  %0:3 = auxact.batch_norm %x running(%m, %m) : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<4x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return
}
