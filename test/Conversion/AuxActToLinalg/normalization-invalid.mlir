// RUN: aux-opt %s -convert-auxact-to-linalg -verify-diagnostics

// One value has no variance.
func.func @single(%x: tensor<1x16xf32>, %m: tensor<16xf32>) {
  // expected-error @+2 {{failed to legalize operation 'auxact.batch_norm' that was explicitly marked illegal}}
  // expected-error @+1 {{expects more than one value a feature to normalise over in training, but its input is 'tensor<1x16xf32>'}}
  %0:3 = auxact.batch_norm %x running(%m, %m) : (tensor<1x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<1x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return
}
