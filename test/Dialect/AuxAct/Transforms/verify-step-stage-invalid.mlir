// RUN: aux-opt %s -auxact-verify-step-stage -split-input-file -verify-diagnostics

// A result that is nothing.
// expected-error@below {{expects result 0 to be marked auxact.output, or to replace an argument (auxact.replaced_by)}}
func.func @f(%w: tensor<4xf32> {auxact.parameter = "w"}) -> tensor<4xf32> {
  return %w : tensor<4xf32>
}

// -----

// One result for two arguments.
// expected-error@below {{expects result 0 to replace one argument, but it replaces arguments 0 and 1}}
func.func @f(%w: tensor<4xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64},
             %v: tensor<4xf32> {auxact.parameter = "v", auxact.replaced_by = 0 : i64}) -> tensor<4xf32> {
  return %w : tensor<4xf32>
}

// -----

// One parameter is updated, the other is not.
// expected-error@below {{updates parameters, but not 'v', argument 1}}
func.func @f(%w: tensor<4xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64},
             %v: tensor<4xf32> {auxact.parameter = "v"}) -> tensor<4xf32> {
  return %w : tensor<4xf32>
}

// -----

// Updates and a gradient that would have to stay alive for nobody.
// expected-error@below {{updates parameters, but still returns a gradient, result 1}}
func.func @f(%w: tensor<4xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64})
    -> (tensor<4xf32>, tensor<4xf32> {auxact.output = "gradient:w"}) {
  return %w, %w : tensor<4xf32>, tensor<4xf32>
}

// -----

// State without a start.
// expected-error@below {{expects state 'w.momentum_buffer' to say what it starts from (auxact.init)}}
func.func @f(%m: tensor<4xf32> {auxact.state = "w.momentum_buffer"}) -> (tensor<4xf32> {auxact.output = "loss"}) {
  return %m : tensor<4xf32>
}

// -----

// A scalar that is none.
// expected-error@below {{expects scalar 'lr' to be a rank-0 tensor, but it is 'tensor<1xf32>'}}
func.func @f(%lr: tensor<1xf32> {auxact.scalar = "lr"}) -> (tensor<1xf32> {auxact.output = "loss"}) {
  return %lr : tensor<1xf32>
}

// -----

// A rule that nobody has applied.
func.func @f(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<3x8xf32> {auxact.parameter = "w"}) -> (tensor<4x3xf32> {auxact.output = "prediction"}) {
  // expected-error@below {{still has the rule 'recompute'; expected rules to be applied at the step stage}}
  %y = auxact.linear %x, %w {rule = #auxact.recompute} : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}
