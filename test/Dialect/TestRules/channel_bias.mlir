// RUN: aux-test-opt %s | aux-test-opt | FileCheck %s
// RUN: aux-test-opt %s -auxact-differentiate -cse -canonicalize | FileCheck %s --check-prefix=STEP
// RUN: aux-test-opt %s --auxact-train-pipeline="optimizer=sgd momentum=0.9 stop-after=kernels" | FileCheck %s --check-prefix=KERNELS

// CHECK-LABEL: func.func @layer
//       CHECK:   rule = #auxact_test.channel_bias<length = 1.000000e-02 : f64>

// Nothing of the layer's input is kept, and its weight's gradient reads none of
// it: the control can learn nothing from it.
// STEP-LABEL: func.func @layer
//   STEP-NOT:   auxact.save {{.*}} layer "0"
//       STEP:   return

// KERNELS-LABEL: func.func @step
func.func @layer(%x: tensor<4x8xf32> {auxact.input = "x"}, %t: tensor<4x3xf32> {auxact.input = "y"},
                 %w: tensor<3x8xf32> {auxact.parameter = "0.weight"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = auxact.linear %x, %w {name = "0", rule = #auxact_test.channel_bias<length = 0.01>}
    : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x3xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
