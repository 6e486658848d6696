// RUN: aux-opt %s -verify-diagnostics -split-input-file

func.func @padding(%x: tensor<2x8x8x5xf32>) -> tensor<2x6x6x5xf32> {
  // expected-error @+1 {{expects a padding of at most half the window, but they are [2, 2] and [3, 3]}}
  %y = auxact.max_pool2d %x {window = array<i64: 3, 3>, stride = array<i64: 2, 2>, padding = array<i64: 2, 2>} : (tensor<2x8x8x5xf32>) -> tensor<2x6x6x5xf32>
  return %y : tensor<2x6x6x5xf32>
}

// -----

func.func @large(%x: tensor<2x3x8x5xf32>) -> tensor<2x0x2x5xf32> {
  // expected-error @+1 {{expects a window that fits the padded image, but it is 4 x 4 and the image 3 x 8}}
  %y = auxact.max_pool2d %x {window = array<i64: 4, 4>, stride = array<i64: 4, 4>} : (tensor<2x3x8x5xf32>) -> tensor<2x0x2x5xf32>
  return %y : tensor<2x0x2x5xf32>
}
