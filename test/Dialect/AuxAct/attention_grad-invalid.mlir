// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A statistic for each head.
func.func @statistics(%q: tensor<4x25x64xf32>, %l: tensor<4x25x8xf32>) -> tensor<4x25x64xf32> {
  // expected-error @+1 {{expects a log-sum-exp of type 'tensor<4x8x25xf32>', but it is 'tensor<4x25x8xf32>'}}
  %dq, %dk, %dv = auxact.attention_grad %q, %q, %q, %q, %l, %q {heads = 8 : i64, scale = 0.125 : f32}
      : (tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x25x8xf32>, tensor<4x25x64xf32>)
      -> (tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>)
  return %dq : tensor<4x25x64xf32>
}

// -----

// Gradients of keys have the keys' shape.
func.func @keys(%q: tensor<4x20x64xf32>, %k: tensor<4x25x64xf32>, %l: tensor<4x8x20xf32>) -> tensor<4x20x64xf32> {
  // expected-error @+1 {{expects the keys' shape of the gradients of keys and values, 'tensor<4x25x64xf32>', but one is 'tensor<4x20x64xf32>'}}
  %dq, %dk, %dv = auxact.attention_grad %q, %k, %k, %q, %l, %q {heads = 8 : i64, scale = 0.125 : f32}
      : (tensor<4x20x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x20x64xf32>, tensor<4x8x20xf32>, tensor<4x20x64xf32>)
      -> (tensor<4x20x64xf32>, tensor<4x20x64xf32>, tensor<4x25x64xf32>)
  return %dq : tensor<4x20x64xf32>
}

// -----

// The result's gradient has the queries' shape.
func.func @gradient(%q: tensor<4x20x64xf32>, %g: tensor<4x25x64xf32>, %l: tensor<4x8x20xf32>) -> tensor<4x20x64xf32> {
  // expected-error @+1 {{expects the queries' shape of result and gradients, 'tensor<4x20x64xf32>', but one is 'tensor<4x25x64xf32>'}}
  %dq, %dk, %dv = auxact.attention_grad %q, %q, %q, %q, %l, %g {heads = 8 : i64, scale = 0.125 : f32}
      : (tensor<4x20x64xf32>, tensor<4x20x64xf32>, tensor<4x20x64xf32>, tensor<4x20x64xf32>, tensor<4x8x20xf32>, tensor<4x25x64xf32>)
      -> (tensor<4x20x64xf32>, tensor<4x20x64xf32>, tensor<4x20x64xf32>)
  return %dq : tensor<4x20x64xf32>
}
