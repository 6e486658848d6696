// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A vector is no batch of features.
func.func @input_rank(%x: tensor<784xf32>, %w: tensor<10x784xf32>) -> tensor<10xf32> {
  // expected-error @+1 {{expects an input of at least two dimensions (batch, features), but it is 'tensor<784xf32>'}}
  %y = auxact.linear %x, %w : (tensor<784xf32>, tensor<10x784xf32>) -> tensor<10xf32>
  return %y : tensor<10xf32>
}

// -----

// A weight is out x in.
func.func @weight_rank(%x: tensor<4x8xf32>, %w: tensor<8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects a weight of two dimensions (out x in), but it is 'tensor<8xf32>'}}
  %y = auxact.linear %x, %w : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// A weight given as in x out.
func.func @weight_columns(%x: tensor<4x8xf32>, %w: tensor<8x3xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects a weight with 8 columns, one a feature of the input, but it is 'tensor<8x3xf32>'}}
  %y = auxact.linear %x, %w : (tensor<4x8xf32>, tensor<8x3xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// A bias of another length.
func.func @bias(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>, %b: tensor<8xf32>) -> tensor<4x3xf32> {
  // expected-error @+1 {{expects a bias of 3 elements, one a row of the weight, but it is 'tensor<8xf32>'}}
  %y = auxact.linear %x, %w, %b : (tensor<4x8xf32>, tensor<3x8xf32>, tensor<8xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// The result follows from the operands.
func.func @result(%x: tensor<4x8xf32>, %w: tensor<3x8xf32>) -> tensor<4x4xf32> {
  // expected-error @+2 {{inferred type(s) 'tensor<4x3xf32>' are incompatible with return type(s) of operation 'tensor<4x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = auxact.linear %x, %w : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// -----

// No dynamic shapes.
func.func @dynamic(%x: tensor<?x8xf32>, %w: tensor<3x8xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{operand #0 must be statically shaped tensor of floating-point values, but got 'tensor<?x8xf32>'}}
  %y = auxact.linear %x, %w : (tensor<?x8xf32>, tensor<3x8xf32>) -> tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// -----

// A residual rule without its tensor.
func.func @residual_alone(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{has the rule 'residual' but no shared tensor; expected an operand `aux(%t)`}}
  %y = auxact.linear %x, %w {rule = #auxact.residual} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// A residual rule with a tensor of another shape.
func.func @residual_shape(%x: tensor<4x8xf32>, %t: tensor<4x9xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{has the rule 'residual', which expects a shared tensor of the input's type 'tensor<4x8xf32>', but it is 'tensor<4x9xf32>'}}
  %y = auxact.linear %x, %w aux(%t) {rule = #auxact.residual}
    : (tensor<4x8xf32>, tensor<8x8xf32>, tensor<4x9xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// `nonnegative` on an input that may be anything.
func.func @nonnegative_argument(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{has the rule 'sign' with 'nonnegative', which expects an input proved non-negative (a relu's output, say), but this one is not}}
  %y = auxact.linear %x, %w {rule = #auxact.sign<nonnegative>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// A gelu is negative somewhere, and the note says that it is to blame.
func.func @nonnegative_gelu(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // expected-note @+1 {{the input is made by 'auxact.gelu' here}}
  %g = auxact.gelu %x : tensor<4x8xf32>
  // expected-error @+1 {{which expects an input proved non-negative}}
  %y = auxact.linear %g, %w {rule = #auxact.sign<nonnegative>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// A rule is an attribute that implements the rule interface.
func.func @no_rule(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{attribute 'rule' failed to satisfy constraint: RuleAttrInterface instance}}
  %y = auxact.linear %x, %w {rule = "sign"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
