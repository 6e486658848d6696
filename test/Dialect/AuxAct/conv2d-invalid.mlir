// RUN: aux-opt %s -verify-diagnostics -split-input-file

func.func @input(%x: tensor<8x16x3xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<8x14x1x4xf32> {
  // expected-error @+1 {{expects an input of four dimensions (batch, height, width, channels), but it is 'tensor<8x16x3xf32>'}}
  %y = "auxact.conv2d"(%x, %w) {operandSegmentSizes = array<i32: 1, 1, 0, 0>} : (tensor<8x16x3xf32>, tensor<4x3x3x3xf32>) -> tensor<8x14x1x4xf32>
  return %y : tensor<8x14x1x4xf32>
}

// -----

func.func @channels(%x: tensor<2x8x8x5xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<2x6x6x4xf32> {
  // expected-error @+1 {{expects a weight for 5 channels of the input, but it is 'tensor<4x3x3x3xf32>'}}
  %y = auxact.conv2d %x, %w : (tensor<2x8x8x5xf32>, tensor<4x3x3x3xf32>) -> tensor<2x6x6x4xf32>
  return %y : tensor<2x6x6x4xf32>
}

// -----

func.func @groups(%x: tensor<2x8x8x6xf32>, %w: tensor<4x3x3x2xf32>) -> tensor<2x6x6x4xf32> {
  // expected-error @+1 {{expects groups that divide 6 and 4 channels, but there are 3}}
  %y = auxact.conv2d %x, %w {groups = 3 : i64} : (tensor<2x8x8x6xf32>, tensor<4x3x3x2xf32>) -> tensor<2x6x6x4xf32>
  return %y : tensor<2x6x6x4xf32>
}

// -----

func.func @bias(%x: tensor<2x8x8x6xf32>, %w: tensor<4x3x3x6xf32>, %b: tensor<6xf32>) -> tensor<2x6x6x4xf32> {
  // expected-error @+1 {{expects a bias of 4 elements, one a filter, but it is 'tensor<6xf32>'}}
  %y = auxact.conv2d %x, %w, %b : (tensor<2x8x8x6xf32>, tensor<4x3x3x6xf32>, tensor<6xf32>) -> tensor<2x6x6x4xf32>
  return %y : tensor<2x6x6x4xf32>
}

// -----

func.func @padding(%x: tensor<2x8x8x6xf32>, %w: tensor<4x3x3x6xf32>) -> tensor<2x4x6x4xf32> {
  // expected-error @+1 {{expects a padding of at least 0, but it is [-1, 0]}}
  %y = auxact.conv2d %x, %w {padding = array<i64: -1, 0>} : (tensor<2x8x8x6xf32>, tensor<4x3x3x6xf32>) -> tensor<2x4x6x4xf32>
  return %y : tensor<2x4x6x4xf32>
}

// -----

func.func @large(%x: tensor<2x4x8x6xf32>, %w: tensor<4x7x7x6xf32>) -> tensor<2x0x4x4xf32> {
  // expected-error @+1 {{expects a window that fits the padded image, but it is 7 x 7 and the image 6 x 10}}
  %y = auxact.conv2d %x, %w {padding = array<i64: 1, 1>} : (tensor<2x4x8x6xf32>, tensor<4x7x7x6xf32>) -> tensor<2x0x4x4xf32>
  return %y : tensor<2x0x4x4xf32>
}

// -----

func.func @result(%x: tensor<2x8x8x6xf32>, %w: tensor<4x3x3x6xf32>) -> tensor<2x8x8x4xf32> {
  // expected-error @+2 {{inferred type(s) 'tensor<2x6x6x4xf32>' are incompatible with return type(s) of operation 'tensor<2x8x8x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = auxact.conv2d %x, %w : (tensor<2x8x8x6xf32>, tensor<4x3x3x6xf32>) -> tensor<2x8x8x4xf32>
  return %y : tensor<2x8x8x4xf32>
}
