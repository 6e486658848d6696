// RUN: aux-opt %s -verify-diagnostics -split-input-file

// One number a row.
func.func @result(%x: tensor<3x8xf32>, %w: tensor<600x8xf32>) -> tensor<600xf32> {
  // expected-error @+2 {{failed to infer returned types}}
  // expected-error @+1 {{inferred type(s) 'tensor<3xf32>' are incompatible with return type(s) of operation 'tensor<600xf32>'}}
  %s = auxact.linear_log_sum_exp %x, %w {chunk = 256 : i64} : (tensor<3x8xf32>, tensor<600x8xf32>) -> tensor<600xf32>
  return %s : tensor<600xf32>
}
