// RUN: aux-opt %s -auxact-differentiate -split-input-file -verify-diagnostics

// Nothing to go backwards from.
// expected-error @+1 {{has no result marked `auxact.output = "loss"`}}
func.func @no_loss(%x: tensor<4x8xf32> {auxact.input = "x"}) -> tensor<4x8xf32> {
  return %x : tensor<4x8xf32>
}

// -----

// A loss is one number.
// expected-error @+1 {{expects the loss to be a rank-0 tensor of floats, but result 0 is 'tensor<4x8xf32>'}}
func.func @loss_shape(%x: tensor<4x8xf32> {auxact.parameter = "x"}) -> (tensor<4x8xf32> {auxact.output = "loss"}) {
  return %x : tensor<4x8xf32>
}

// -----

// A loss of inputs only.
// expected-error @+1 {{has a loss that depends on no parameter}}
func.func @no_parameter(%x: tensor<4x8xf32> {auxact.input = "x"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %l = auxact.mean_squared_error %x, %x : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// A parameter that the loss does not see.
// expected-error @+1 {{parameter 'v' has no gradient: the loss does not depend on it}}
func.func @unused(%w: tensor<4x8xf32> {auxact.parameter = "w"}, %v: tensor<4x8xf32> {auxact.parameter = "v"},
                  %t: tensor<4x8xf32> {auxact.input = "t"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %l = auxact.mean_squared_error %w, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// An operation without a gradient on the way: never a silent zero.
func.func @missing(%w: tensor<4x8xf32> {auxact.parameter = "w"}, %t: tensor<4x8xf32> {auxact.input = "t"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  // expected-error @+2 {{'math.cos' op has no gradient, but stands between a parameter and the loss}}
  // expected-note @+1 {{expected it to implement DifferentiableOpInterface}}
  %c = math.cos %w : tensor<4x8xf32>
  %l = auxact.mean_squared_error %c, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Nothing kept is in reach of the input: a linear layer is not cheap.
func.func @recompute(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x4xf32> {auxact.input = "t"},
                     %v: tensor<16x8xf32> {auxact.parameter = "v"}, %w: tensor<4x16xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  // expected-note @+1 {{'auxact.linear' is neither kept nor cheap}}
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x8xf32>, tensor<16x8xf32>) -> tensor<64x16xf32>
  // expected-error @+1 {{has the rule 'recompute', but no kept value is in reach}}
  %y = auxact.linear %h, %w {name = "2", rule = #auxact.recompute} : (tensor<64x16xf32>, tensor<4x16xf32>) -> tensor<64x4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x4xf32>, tensor<64x4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
