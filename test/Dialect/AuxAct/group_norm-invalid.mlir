// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Features stand beside a batch.
func.func @rank(%x: tensor<16xf32>) -> tensor<16xf32> {
  // expected-error @+1 {{expects an input of at least two dimensions (batch, features), but it is 'tensor<16xf32>'}}
  %0 = auxact.group_norm %x {groups = 1 : i64} : (tensor<16xf32>) -> tensor<16xf32>
  return %0 : tensor<16xf32>
}

// -----

// One weight a feature.
func.func @weight(%x: tensor<8x16xf32>, %w: tensor<8xf32>) -> tensor<8x16xf32> {
  // expected-error @+1 {{expects a weight of type 'tensor<16xf32>', one element a feature of 'tensor<8x16xf32>', but it is 'tensor<8xf32>'}}
  %0 = auxact.group_norm %x weight(%w) {groups = 1 : i64} : (tensor<8x16xf32>, tensor<8xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// A constant row has variance 0.
func.func @epsilon(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // expected-error @+1 {{expects epsilon > 0, but it is 0.000000e+00}}
  %0 = auxact.group_norm %x {epsilon = 0.0, groups = 1 : i64} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// One bias a feature.
func.func @bias(%x: tensor<8x16xf32>, %b: tensor<16x1xf32>) -> tensor<8x16xf32> {
  // expected-error @+1 {{expects a bias of type 'tensor<16xf32>', one element a feature of 'tensor<8x16xf32>', but it is 'tensor<16x1xf32>'}}
  %0 = auxact.group_norm %x bias(%b) {groups = 1 : i64} : (tensor<8x16xf32>, tensor<16x1xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// Groups of one size.
func.func @groups(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // expected-error @+1 {{expects a number of groups that divides the 16 channels, but it is 3}}
  %0 = auxact.group_norm %x {groups = 3 : i64} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}
