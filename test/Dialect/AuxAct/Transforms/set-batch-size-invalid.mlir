// RUN: aux-opt %s -auxact-set-batch-size="batch=3" -split-input-file -verify-diagnostics
// RUN: not aux-opt %s -auxact-set-batch-size -split-input-file 2>&1 | FileCheck %s

// CHECK: error: expected batch >= 1, but it is 0

// expected-error@below {{has no input to resize; mark arguments with `auxact.input`}}
func.func @no_input(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  return %x : tensor<4x8xf32>
}

// -----

// expected-error@below {{expects inputs whose leading dimension is the batch, but 'x' is 'tensor<f32>'}}
func.func @scalar(%x: tensor<f32> {auxact.input = "x"}) -> tensor<f32> {
  return %x : tensor<f32>
}

// -----

// expected-error@below {{expects every input to have one batch size, but 'x' has 4 rows and 'y' has 8}}
func.func @two_sizes(%x: tensor<4x8xf32> {auxact.input = "x"}, %y: tensor<8xi32> {auxact.input = "y"}) -> tensor<4x8xf32> {
  return %x : tensor<4x8xf32>
}

// -----

// A view that mixes rows.
func.func @view(%x: tensor<4x9xf32> {auxact.input = "x"}) -> tensor<9x4xf32> {
  // expected-error@below {{cannot be given another batch size: its result 'tensor<9x4xf32>' does not have the batch of 4 in its leading dimension}}
  %r = auxact.reshape %x : tensor<4x9xf32> -> tensor<9x4xf32>
  return %r : tensor<9x4xf32>
}

// -----

// A constant of the old batch size.
func.func @constant(%x: tensor<4x8xf32> {auxact.input = "x"}) -> tensor<4x8xf32> {
  %c = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error@below {{expects operands of the result's shape, or without leading dimensions of it}}
  %r = auxact.add %x, %c : tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// -----

// An operation that cannot say what it returns.
func.func @no_inference(%x: tensor<4x8xf32> {auxact.input = "x"}) -> tensor<4xf32> {
  // expected-error@below {{cannot be given another batch size: its result type does not follow from its operands}}
  %r = auxact.log_sum_exp %x : tensor<4x8xf32> -> tensor<4xf32>
  return %r : tensor<4xf32>
}
