// RUN: aux-opt %s -auxact-verify-kernels-stage -split-input-file -verify-diagnostics

// A computation outside of kernels.
func.func @step(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{'auxact.relu' op is left outside of kernels}}
  %y = auxact.relu %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// expected-error @+1 {{is a kernel that no entry launches}}
func.func private @kernel_0(%x: tensor<4x8xf32>) -> tensor<4x8xf32> attributes {auxact.kernel} {
  return %x : tensor<4x8xf32>
}

// -----

func.func private @not_a_kernel(%x: tensor<4x8xf32>) -> tensor<4x8xf32>
func.func @step(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{launches 'not_a_kernel', which lacks `auxact.kernel`}}
  %y = auxact.launch @not_a_kernel(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
