// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Tokens are integers.
func.func @float_tokens(%t: tensor<4xf32>, %w: tensor<10x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of 32-bit signless integer or 64-bit signless integer values, but got 'tensor<4xf32>'}}
  %x = auxact.embedding %t, %w : (tensor<4xf32>, tensor<10x8xf32>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}

// -----

// The padding is a row of the table.
func.func @padding(%t: tensor<4xi32>, %w: tensor<10x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects a padding_index in [0, 10), a row of 'tensor<10x8xf32>', but it is 10}}
  %x = auxact.embedding %t, %w {padding_index = 10 : i64} : (tensor<4xi32>, tensor<10x8xf32>) -> tensor<4x8xf32>
  return %x : tensor<4x8xf32>
}

// -----

// A result has the tokens' shape and the table's columns.
func.func @result(%t: tensor<4xi32>, %w: tensor<10x8xf32>) -> tensor<4x10xf32> {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) 'tensor<4x8xf32>' are incompatible with return type(s) of operation 'tensor<4x10xf32>'}}
  %x = auxact.embedding %t, %w : (tensor<4xi32>, tensor<10x8xf32>) -> tensor<4x10xf32>
  return %x : tensor<4x10xf32>
}

// -----

// One token is a list of one.
func.func @rank(%t: tensor<i32>, %w: tensor<10x8xf32>) -> tensor<8xf32> {
  // expected-error @+1 {{expects tokens of at least one dimension}}
  %x = auxact.embedding %t, %w : (tensor<i32>, tensor<10x8xf32>) -> tensor<8xf32>
  return %x : tensor<8xf32>
}
