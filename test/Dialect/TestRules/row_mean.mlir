// RUN: aux-test-opt %s | aux-test-opt | FileCheck %s
// RUN: aux-test-opt %s -auxact-differentiate -cse -canonicalize | FileCheck %s --check-prefix=STEP
// RUN: aux-test-opt %s --auxact-train-pipeline="optimizer=sgd momentum=0.9" | FileCheck %s --check-prefix=PLAN

// A rule that the compiler does not know: it lives in a dialect of the tests.
// CHECK-LABEL: func.func @layer
//       CHECK:   rule = #auxact_test.row_mean<target = 3.000000e+00 : f64>

// Differentiation asks the rule: one number a row is kept, with its layer and
// rule; the gain is state, which the step takes and returns.
// STEP-LABEL: func.func @layer
//  STEP-SAME:   %[[GAIN:[a-z0-9]+]]: tensor<f32> {auxact.init = 1.000000e+00 : f32, auxact.replaced_by = {{[0-9]+}} : i64, auxact.state = "0.gain"}
//   STEP-NOT:   auxact_test
//       STEP:   auxact.save %{{.*}} layer "0" rule "row_mean" exact_bytes 0 : tensor<4xf32>

// So does everything after it, down to the plan: what is kept, the update of the
// weight and the rule's state all have their bytes.
// PLAN-LABEL: func.func @step
//       PLAN:   auxact.save %{{.*}} layer "0" rule "row_mean" exact_bytes 0 : tensor<4xf32>
//   PLAN-DAG:   #auxact.place<state, "0.weight">
//   PLAN-DAG:   #auxact.place<state, "0.gain">
func.func @layer(%x: tensor<4x8xf32> {auxact.input = "x"}, %t: tensor<4x3xf32> {auxact.input = "y"},
                 %w: tensor<3x8xf32> {auxact.parameter = "0.weight"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = auxact.linear %x, %w {name = "0", rule = #auxact_test.row_mean<target = 3.0>}
    : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x3xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4x3xf32>, tensor<4x3xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
