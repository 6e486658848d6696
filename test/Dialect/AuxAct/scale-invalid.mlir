// RUN: aux-opt %s -verify-diagnostics -split-input-file

func.func @infinite(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{'auxact.scale' op expects a finite factor}}
  %y = auxact.scale %x {factor = 0x7FF0000000000000 : f64} : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
