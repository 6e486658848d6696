// RUN: aux-opt %s -auxact-form-kernels -split-input-file -verify-diagnostics

// A layer that was not lowered.
func.func @layer(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{is read outside of kernels but is no computation of the linalg stage}}
  %y = auxact.relu %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
