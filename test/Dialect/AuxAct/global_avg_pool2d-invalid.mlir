// RUN: aux-opt %s -verify-diagnostics

func.func @tokens(%x: tensor<2x8x5xf32>) -> tensor<2x5xf32> {
  // expected-error @+1 {{expects an input of four dimensions (batch, height, width, channels), but it is 'tensor<2x8x5xf32>'}}
  %y = auxact.global_avg_pool2d %x : (tensor<2x8x5xf32>) -> tensor<2x5xf32>
  return %y : tensor<2x5xf32>
}
