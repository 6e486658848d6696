// RUN: aux-opt %s -verify-diagnostics -split-input-file

// What is left must be scaled up by something finite.
func.func @probability(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  // expected-error @+1 {{expects probability in [0, 1), but it is 1.000000e+00}}
  %0 = auxact.drop_path %x {probability = 1.0} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// A source is three numbers.
func.func @source(%x: tensor<8x16xf32>, %seed: tensor<i32>) -> tensor<8x16xf32> {
  // expected-error @+1 {{expects a source of three numbers (seed, step, operation), or none yet, but it has 1}}
  %0 = auxact.drop_path %x source(%seed) {probability = 0.5} : (tensor<8x16xf32>, tensor<i32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// Numbers of 32 bits.
func.func @words(%x: tensor<8x16xf32>, %s: tensor<i64>) -> tensor<8x16xf32> {
  // expected-error @+1 {{operand #1 must be variadic of 0D tensor of 32-bit signless integer values, but got 'tensor<i64>'}}
  %0 = auxact.drop_path %x source(%s, %s, %s) {probability = 0.5} : (tensor<8x16xf32>, tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// A single number has no samples.
func.func @rank(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expects samples along the leading dimension, but its input is a single number}}
  %0 = auxact.drop_path %x {probability = 0.5} : (tensor<f32>) -> tensor<f32>
  return %0 : tensor<f32>
}
