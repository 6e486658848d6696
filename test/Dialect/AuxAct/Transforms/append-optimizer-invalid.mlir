// RUN: aux-opt %s -auxact-append-optimizer -split-input-file -verify-diagnostics
// RUN: not aux-opt %s -auxact-append-optimizer="optimizer=lion" -split-input-file 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not aux-opt %s -auxact-append-optimizer="momentum=-0.5" -split-input-file 2>&1 | FileCheck %s --check-prefix=NEGATIVE
// RUN: not aux-opt %s -auxact-append-optimizer="nesterov=true" -split-input-file 2>&1 | FileCheck %s --check-prefix=NESTEROV
// RUN: not aux-opt %s -auxact-append-optimizer="optimizer=adamw momentum=0.9" -split-input-file 2>&1 | FileCheck %s --check-prefix=MOMENTUM
// RUN: not aux-opt %s -auxact-append-optimizer="optimizer=adamw beta2=1.0" -split-input-file 2>&1 | FileCheck %s --check-prefix=BETA
// RUN: not aux-opt %s -auxact-append-optimizer="average-decay=1.5" -split-input-file 2>&1 | FileCheck %s --check-prefix=AVERAGE

// NAME: error: expected optimizer to be 'sgd', 'adam' or 'adamw', but it is 'lion'
// NEGATIVE: error: expected momentum >= 0, but it is -0.5
// NESTEROV: error: expected a momentum > 0 for nesterov, but it is 0
// MOMENTUM: error: expected no momentum and no nesterov for adamw; its momentum is beta1
// BETA: error: expected beta2 in [0, 1), but it is 1.0
// AVERAGE: error: expected average-decay in [0, 1), but it is 1.5

// Nothing to update by.
// expected-error@below {{returns no gradient to update a parameter by; run -auxact-differentiate first}}
func.func @no_gradient(%w: tensor<8xf32> {auxact.parameter = "w"}) -> tensor<8xf32> {
  return %w : tensor<8xf32>
}

// -----

// A gradient of something that is no parameter.
// expected-error@below {{result 0 is the gradient of 'v', but no argument is marked `auxact.parameter = "v"`}}
func.func @other_name(%w: tensor<8xf32> {auxact.parameter = "w"}) -> (tensor<8xf32> {auxact.output = "gradient:v"}) {
  return %w : tensor<8xf32>
}

// -----

// A gradient of another shape.
// expected-error@below {{expected the gradient of 'w' to have its type 'tensor<8xf32>', but it is 'tensor<4xf32>'}}
func.func @other_type(%w: tensor<8xf32> {auxact.parameter = "w"}, %g: tensor<4xf32>) -> (tensor<4xf32> {auxact.output = "gradient:w"}) {
  return %g : tensor<4xf32>
}
