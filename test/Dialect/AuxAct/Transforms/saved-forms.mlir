// RUN: aux-opt %s -auxact-assign-rules="rules='act := #auxact.derivative_table<2>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=TABLE
// RUN: aux-opt %s -auxact-assign-rules="rules='* = #auxact.sign; * := #auxact.quantized<4>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=QUANTIZED
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 := #auxact.quantized<4>'" 2>&1 | FileCheck %s --check-prefix=LAYER
// RUN: not aux-opt %s -auxact-assign-rules="rules='act := #auxact.sign'" 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not aux-opt %s -auxact-assign-rules="rules='act = #auxact.derivative_table<2>'" 2>&1 | FileCheck %s --check-prefix=FORM

// Two bits an element in place of GELU's input; the backward chooses a level.
// TABLE-LABEL: func.func @mlp
//       TABLE:   %[[CODES:.*]] = auxact.pack_bits %{{.*}} : tensor<4x100xi2> -> tensor<4x28xi8>
//       TABLE:   %[[KEPT:.*]] = auxact.save %[[CODES]] layer "act" rule "derivative_table" exact_bytes 1600 : tensor<4x28xi8>
//       TABLE:   auxact.unpack_bits %[[KEPT]] : tensor<4x28xi8> -> tensor<4x100xi2>

// A quantised copy beside a rule on the layers with weights: codes, least values
// and scales.
// QUANTIZED-LABEL: func.func @mlp
//       QUANTIZED:   %[[CODES:.*]] = auxact.pack_bits %{{.*}} : tensor<4x100xi4> -> tensor<4x52xi8>
//       QUANTIZED:   auxact.save %[[CODES]] layer "act" rule "quantized<4>" exact_bytes 1600 : tensor<4x52xi8>
//       QUANTIZED:   auxact.save %{{.*}} layer "act" rule "quantized<4>" exact_bytes 0 : tensor<4xf32>
//       QUANTIZED:   auxact.save %{{.*}} layer "act" rule "quantized<4>" exact_bytes 0 : tensor<4xf32>

// LAYER: rules:1:1: error: the pattern '0' matches no layer of 'mlp' that can keep 'quantized<4>': a layer without weights
// RULE: rules:1:8: error: expected a form of kept values (#auxact.quantized<4>, say), but found #auxact.sign
// FORM: rules:1:7: error: expected a rule (#auxact.sign<...>, say), but found #auxact.derivative_table<2>, which is a form of what layers without weights keep (pattern := form)
func.func @mlp(%x: tensor<4x8xf32> {auxact.input = "x"}, %t: tensor<4x8xf32> {auxact.input = "y"},
               %w: tensor<100x8xf32> {auxact.parameter = "0.weight"}, %v: tensor<8x100xf32> {auxact.parameter = "2.weight"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %w {name = "0"} : (tensor<4x8xf32>, tensor<100x8xf32>) -> tensor<4x100xf32>
  %g = auxact.gelu %h {name = "act"} : tensor<4x100xf32>
  %y = auxact.linear %g, %v {name = "2"} : (tensor<4x100xf32>, tensor<8x100xf32>) -> tensor<4x8xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
