// RUN: aux-opt %s -verify-diagnostics -split-input-file

// Heads are a stride of the last dimension, not a dimension.
func.func @rank(%q: tensor<4x8x25x64xf32>) -> tensor<4x8x25x64xf32> {
  // expected-error @+1 {{expects queries and keys of three dimensions (batch, tokens, features), but they are 'tensor<4x8x25x64xf32>' and 'tensor<4x8x25x64xf32>'}}
  %o, %l = auxact.attention %q, %q, %q {heads = 8 : i64} : (tensor<4x8x25x64xf32>, tensor<4x8x25x64xf32>, tensor<4x8x25x64xf32>) -> (tensor<4x8x25x64xf32>, tensor<4x8x25xf32>)
  return %o : tensor<4x8x25x64xf32>
}

// -----

// An even split that isn't.
func.func @heads(%q: tensor<4x25x50xf32>) -> tensor<4x25x50xf32> {
  // expected-error @+1 {{expects heads that divide the 50 features evenly, but has 8}}
  %o, %l = auxact.attention %q, %q, %q {heads = 8 : i64} : (tensor<4x25x50xf32>, tensor<4x25x50xf32>, tensor<4x25x50xf32>) -> (tensor<4x25x50xf32>, tensor<4x8x25xf32>)
  return %o : tensor<4x25x50xf32>
}

// -----

// Keys of another batch.
func.func @batch(%q: tensor<4x25x64xf32>, %k: tensor<3x25x64xf32>) -> tensor<4x25x64xf32> {
  // expected-error @+1 {{expects queries and keys of one batch size and one number of features, but they are 'tensor<4x25x64xf32>' and 'tensor<3x25x64xf32>'}}
  %o, %l = auxact.attention %q, %k, %k {heads = 8 : i64} : (tensor<4x25x64xf32>, tensor<3x25x64xf32>, tensor<3x25x64xf32>) -> (tensor<4x25x64xf32>, tensor<4x8x25xf32>)
  return %o : tensor<4x25x64xf32>
}

// -----

// One value a key.
func.func @values(%q: tensor<4x25x64xf32>, %v: tensor<4x24x64xf32>) -> tensor<4x25x64xf32> {
  // expected-error @+1 {{expects values of the keys' shape 'tensor<4x25x64xf32>', but they are 'tensor<4x24x64xf32>'}}
  %o, %l = auxact.attention %q, %q, %v {heads = 8 : i64} : (tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x24x64xf32>) -> (tensor<4x25x64xf32>, tensor<4x8x25xf32>)
  return %o : tensor<4x25x64xf32>
}

// -----

// A mask of queries is none of keys.
func.func @mask_shape(%q: tensor<4x25x64xf32>, %k: tensor<4x24x64xf32>, %m: tensor<4x25xi32>) -> tensor<4x25x64xf32> {
  // expected-error @+1 {{expects lengths of shape (4) or a mask of shape (4, 24), but `mask` is 'tensor<4x25xi32>'}}
  %o, %l = auxact.attention %q, %k, %k, %m {heads = 8 : i64} : (tensor<4x25x64xf32>, tensor<4x24x64xf32>, tensor<4x24x64xf32>, tensor<4x25xi32>) -> (tensor<4x25x64xf32>, tensor<4x8x25xf32>)
  return %o : tensor<4x25x64xf32>
}

// -----

// A mask of a wrong type.
func.func @mask_type(%q: tensor<4x25x64xf32>, %m: tensor<4x25xf32>) -> tensor<4x25x64xf32> {
  // expected-error @+1 {{operand #3 must be statically shaped tensor of 32-bit signless integer values, but got 'tensor<4x25xf32>'}}
  %o, %l = auxact.attention %q, %q, %q, %m {heads = 8 : i64} : (tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x25xf32>) -> (tensor<4x25x64xf32>, tensor<4x8x25xf32>)
  return %o : tensor<4x25x64xf32>
}

// -----

// Kernels compute in f32.
func.func @double(%q: tensor<4x25x64xf64>) -> tensor<4x25x64xf64> {
  // expected-error @+1 {{computes on f32 and bf16, but one operand is 'tensor<4x25x64xf64>'}}
  %o, %l = auxact.attention %q, %q, %q {heads = 8 : i64} : (tensor<4x25x64xf64>, tensor<4x25x64xf64>, tensor<4x25x64xf64>) -> (tensor<4x25x64xf64>, tensor<4x8x25xf32>)
  return %o : tensor<4x25x64xf64>
}
