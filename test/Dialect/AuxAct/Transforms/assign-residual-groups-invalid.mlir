// RUN: aux-opt %s -auxact-assign-residual-groups=strides=2 -verify-diagnostics -split-input-file
// RUN: not aux-opt %s -auxact-assign-residual-groups=strides=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not aux-opt %s -auxact-assign-residual-groups="strides=2 downsample=middle" 2>&1 | FileCheck %s --check-prefix=MIDDLE
// ZERO: expects group lengths of at least 1, but got 0
// MIDDLE: expects downsample to be auto, first or last, but got 'middle'

// An addition without a layer, and one of which neither operand is made of the
// other.
// expected-error @+1 {{has no residual block: only through the additions of residual connections is a group's tensor in the input of a later layer}}
func.func @no_block(%x: tensor<4x8xf32> {auxact.input = "x"}, %y: tensor<4x8xf32> {auxact.input = "y"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}) {
  %0 = auxact.relu %x : tensor<4x8xf32>
  %1 = auxact.add %x, %0 : tensor<4x8xf32>
  %2 = auxact.linear %1, %w {name = "0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %3 = auxact.add %2, %y : tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}

// -----

// A layer between two blocks parts them into stages.
// expected-error @+1 {{expects 2 group lengths, one for each stage of residual blocks, but got 1}}
func.func @stages(%x: tensor<4x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}) {
  %0 = auxact.linear %x, %w {name = "a.0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // expected-note @+1 {{stage 1: 1 blocks, from 'a' on}}
  %1 = auxact.add %x, %0 : tensor<4x8xf32>
  %2 = auxact.linear %1, %w {name = "b"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %3 = auxact.linear %2, %w {name = "c.0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // expected-note @+1 {{stage 2: 1 blocks, from 'c' on}}
  %4 = auxact.add %2, %3 : tensor<4x8xf32>
  return %4 : tensor<4x8xf32>
}

// -----

// expected-error @+1 {{has no layer that can take the tensor of a group}}
func.func @one_block(%x: tensor<4x8xf32> {auxact.input = "x"},
    %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x8xf32> {auxact.output = "prediction"}) {
  // expected-note @+1 {{'a': exact: its block is the first of group 1 in stage 1}}
  %0 = auxact.linear %x, %w {name = "a.0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %1 = auxact.add %x, %0 : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}
