// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A matrix has no tokens.
func.func @input_rank(%x: tensor<6x8xf32>, %w: tensor<5x6xf32>) -> tensor<5x8xf32> {
  // expected-error @+1 {{expects an input of three dimensions (batch, tokens, features), but it is 'tensor<6x8xf32>'}}
  %y = auxact.token_linear %x, %w : (tensor<6x8xf32>, tensor<5x6xf32>) -> tensor<5x8xf32>
  return %y : tensor<5x8xf32>
}

// -----

// A weight over the features.
func.func @weight_columns(%x: tensor<4x6x8xf32>, %w: tensor<5x8xf32>) -> tensor<4x5x8xf32> {
  // expected-error @+1 {{expects a weight with 6 columns, one a token of the input, but it is 'tensor<5x8xf32>'}}
  %y = auxact.token_linear %x, %w : (tensor<4x6x8xf32>, tensor<5x8xf32>) -> tensor<4x5x8xf32>
  return %y : tensor<4x5x8xf32>
}

// -----

// A bias for the features.
func.func @bias(%x: tensor<4x6x8xf32>, %w: tensor<5x6xf32>, %b: tensor<8xf32>) -> tensor<4x5x8xf32> {
  // expected-error @+1 {{expects a bias of 5 elements, one a row of the weight, but it is 'tensor<8xf32>'}}
  %y = auxact.token_linear %x, %w, %b : (tensor<4x6x8xf32>, tensor<5x6xf32>, tensor<8xf32>) -> tensor<4x5x8xf32>
  return %y : tensor<4x5x8xf32>
}

// -----

// The result follows from the operands.
func.func @result(%x: tensor<4x6x8xf32>, %w: tensor<5x6xf32>) -> tensor<4x6x8xf32> {
  // expected-error @+2 {{inferred type(s) 'tensor<4x5x8xf32>' are incompatible with return type(s) of operation 'tensor<4x6x8xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = auxact.token_linear %x, %w : (tensor<4x6x8xf32>, tensor<5x6xf32>) -> tensor<4x6x8xf32>
  return %y : tensor<4x6x8xf32>
}

// -----

// A residual rule without its tensor.
func.func @residual_alone(%x: tensor<4x8x2xf32>, %w: tensor<8x8xf32>) -> tensor<4x8x2xf32> {
  // expected-error @+1 {{has the rule 'residual' but no shared tensor; expected an operand `aux(%t)`}}
  %y = auxact.token_linear %x, %w {rule = #auxact.residual} : (tensor<4x8x2xf32>, tensor<8x8xf32>) -> tensor<4x8x2xf32>
  return %y : tensor<4x8x2xf32>
}

// -----

// A fit of each feature would scale the wrong columns of the gradient.
func.func @residual_fit(%x: tensor<4x8x2xf32>, %t: tensor<4x8x2xf32>, %w: tensor<8x8xf32>) -> tensor<4x8x2xf32> {
  // expected-error @+1 {{has the rule 'residual<fit>', which expects the features along the last dimension of the input, but here they are dimension 1 of 'tensor<4x8x2xf32>'}}
  %y = auxact.token_linear %x, %w aux(%t) {rule = #auxact.residual<fit>}
    : (tensor<4x8x2xf32>, tensor<8x8xf32>, tensor<4x8x2xf32>) -> tensor<4x8x2xf32>
  return %y : tensor<4x8x2xf32>
}
