// RUN: aux-opt %s -auxact-assign-rules="rules='0 = #auxact.quantized<4>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=QUANTIZED
// RUN: aux-opt %s -auxact-assign-rules="rules='0 = #auxact.quantized<4, stochastic>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=STOCHASTIC
// RUN: aux-opt %s -auxact-assign-rules="rules='0 = #auxact.average<2>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=AVERAGE
// RUN: aux-opt %s -auxact-assign-rules="rules='0 = #auxact.sign<center, rotate = 16>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=SIGNS
// RUN: aux-opt %s -auxact-assign-rules="rules='0 = #auxact.quantized<2, rotate = 32>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=LEVELS
// RUN: aux-opt %s -auxact-assign-rules="rules='1 = #auxact.residual<from = \"0\", fit>'" -auxact-differentiate -canonicalize -cse | FileCheck %s --check-prefix=FIT

// What each rule keeps of an input of 600 features, which are three groups of
// 256, the last one short, and 38 or 19 blocks of 16 or 32.

// QUANTIZED: %[[CODES:.*]] = auxact.pack_bits %{{.*}} : tensor<8x600xi4> -> tensor<8x300xi8>
// QUANTIZED: auxact.save %[[CODES]] layer "0" rule "quantized<4>" exact_bytes 0 : tensor<8x300xi8>
// QUANTIZED: auxact.save %{{.*}} layer "0" rule "quantized<4>" exact_bytes 0 : tensor<24xf32>
// QUANTIZED: auxact.save %{{.*}} layer "0" rule "quantized<4>" exact_bytes 0 : tensor<24xf32>

// Stochastic rounding has a source of random numbers of its own.
// STOCHASTIC: tensor<i32> {auxact.scalar = "seed"}
// STOCHASTIC-SAME: tensor<i32> {auxact.scalar = "step"}

// AVERAGE: auxact.pack_bits %{{.*}} : tensor<8x150xi2> -> tensor<8x40xi8>
// AVERAGE: auxact.save %{{.*}} layer "0" rule "average" exact_bytes 0 : tensor<8xf32>

// Bits, a scale a row, and the mean as state.
// SIGNS: tensor<600xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = {{[0-9]+}} : i64, auxact.state = "0.mean"}
// SIGNS: auxact.save %{{.*}} layer "0" rule "sign<center, rotate>" exact_bytes 0 : tensor<8x608xi1, #auxact.bits>
// SIGNS: auxact.save %{{.*}} layer "0" rule "sign<center, rotate>" exact_bytes 0 : tensor<8xf32>

// LEVELS: auxact.save %{{.*}} layer "0" rule "quantized<2, rotate>" exact_bytes 0 : tensor<8x152xi8>
// LEVELS: auxact.save %{{.*}} layer "0" rule "quantized<2, rotate>" exact_bytes 0 : tensor<8xf32>

// FIT: auxact.save %{{.*}} layer "1" rule "residual<fit>" exact_bytes 0 : tensor<600xf32>
// FIT: auxact.save %{{.*}} layer "1" rule "residual<fit>" exact_bytes 0 : tensor<600xf32>
func.func @layers(%x: tensor<8x600xf32> {auxact.input = "x"}, %t: tensor<8x5xf32> {auxact.input = "y"},
                  %w: tensor<600x600xf32> {auxact.parameter = "0.weight"}, %v: tensor<5x600xf32> {auxact.parameter = "1.weight"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %w {name = "0"} : (tensor<8x600xf32>, tensor<600x600xf32>) -> tensor<8x600xf32>
  %y = auxact.linear %h, %v {name = "1"} : (tensor<8x600xf32>, tensor<5x600xf32>) -> tensor<8x5xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<8x5xf32>, tensor<8x5xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
