// RUN: aux-opt %s -auxact-assign-rules="rules='* = #auxact.exact'" | FileCheck %s
// RUN: not aux-opt %s -auxact-assign-rules="rules='*0 = #auxact.exact'" 2>&1 | FileCheck %s --check-prefix=ERROR

// A default is no claim that there is a layer; any other pattern is.

// CHECK: func @add
// ERROR: rules:1:1: error: the pattern '*0' matches no layer of 'add', which has no layers
func.func @add(%x: tensor<4xf32> {auxact.input = "x"}, %p: tensor<4xf32> {auxact.parameter = "p"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  %y = auxact.add %x, %p : tensor<4xf32>
  return %y : tensor<4xf32>
}
