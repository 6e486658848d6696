// RUN: aux-opt %s -auxact-accumulate-gradients -canonicalize -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=SUM
// RUN: aux-opt %s -auxact-accumulate-gradients="finish=true" -canonicalize -split-input-file -verify-diagnostics | FileCheck %s --check-prefix=MEAN

// A micro-batch: the new sum takes the gradient's place, and what replaced a
// rule's state still does.

// SUM-LABEL: func @accumulate(
// SUM-SAME: %{{.*}}: tensor<8x4xf32> {auxact.parameter = "w"}
// SUM-SAME: {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 2 : i64, auxact.state = "0.mean"}
// SUM-SAME: %[[G:[^ ,:]*]]: tensor<8x4xf32> {auxact.input = "gw"}
// SUM-SAME: %[[OLD:[^ ,:]*]]: tensor<8x4xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 1 : i64, auxact.state = "w.gradient_sum"})
// SUM-SAME: -> (tensor<f32> {auxact.output = "loss"}, tensor<8x4xf32>, tensor<4xf32>)
// SUM: %[[NEW:.*]] = linalg.generic {{.*}} ins(%[[OLD]], %[[G]]
// SUM: arith.addf
// SUM: return %{{.*}}, %[[NEW]], %{{.*}} :

// The last micro-batch: the mean is the gradient, and the sum is zeros again.

// MEAN-LABEL: func @accumulate(
// MEAN-SAME: %[[COUNT:[^ ,:]*]]: tensor<f32> {auxact.scalar = "micro_batches"}
// MEAN-SAME: %[[OLD:[^ ,:]*]]: tensor<8x4xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 3 : i64, auxact.state = "w.gradient_sum"})
// MEAN-SAME: -> (tensor<f32> {auxact.output = "loss"}, tensor<8x4xf32> {auxact.output = "gradient:w"}, tensor<4xf32>, tensor<8x4xf32>)
// MEAN-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// MEAN: %[[R:.*]]:2 = linalg.generic {{.*}} ins(%[[OLD]], %{{.*}}, %[[COUNT]]
// MEAN: %[[TOTAL:.*]] = arith.addf
// MEAN: %[[M:.*]] = arith.divf %[[TOTAL]]
// MEAN: linalg.yield %[[M]], %[[ZERO]]
// MEAN: return %{{.*}}, %[[R]]#0, %{{.*}}, %[[R]]#1 :
func.func @accumulate(%l: tensor<f32> {auxact.input = "l"}, %w: tensor<8x4xf32> {auxact.parameter = "w"},
                      %mean: tensor<4xf32> {auxact.state = "0.mean", auxact.init = 0.0 : f32, auxact.replaced_by = 2 : i64},
                      %gw: tensor<8x4xf32> {auxact.input = "gw"})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<8x4xf32> {auxact.output = "gradient:w"}, tensor<4xf32>) {
  return %l, %gw, %mean : tensor<f32>, tensor<8x4xf32>, tensor<4xf32>
}

// -----

// Nothing to sum.
// expected-error@below {{returns no gradient to update a parameter by; run -auxact-differentiate first}}
func.func @no_gradient(%w: tensor<8xf32> {auxact.parameter = "w"}) -> tensor<8xf32> {
  return %w : tensor<8xf32>
}
