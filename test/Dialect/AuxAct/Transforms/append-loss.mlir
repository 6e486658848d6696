// RUN: aux-opt %s -auxact-append-loss="loss=cross_entropy" | FileCheck %s --check-prefix=CE
// RUN: aux-opt %s -auxact-append-loss="loss=cross_entropy label-smoothing=0.5 label-type=i64 target=labels" | FileCheck %s --check-prefix=OPTIONS
// RUN: aux-opt %s -auxact-append-loss="loss=mean_squared_error" | FileCheck %s --check-prefix=MSE

// The labels come after the other inputs, the loss after the other results.

// CE-LABEL: func @model(
// CE-SAME: %{{[^ ]*}}: tensor<4x8xf32> {auxact.input = "x"}, %[[Y:[^ ,:]*]]: tensor<4xi32> {auxact.input = "y"}, %{{[^ ]*}}: tensor<3x8xf32> {auxact.parameter = "w"})
// CE-SAME: -> (tensor<4x3xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"})
// CE: %[[P:.*]] = auxact.linear
// CE: %[[L:.*]] = auxact.cross_entropy %[[P]], %[[Y]] : (tensor<4x3xf32>, tensor<4xi32>) -> tensor<f32>
// CE: return %[[P]], %[[L]]

// A single result is the prediction, marked or not.
// CE-LABEL: func @unmarked(
// CE-SAME: -> (tensor<4x8xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"})

// OPTIONS-LABEL: func @model(
// OPTIONS-SAME: tensor<4xi64> {auxact.input = "labels"}
// OPTIONS: auxact.cross_entropy {{.*}} {label_smoothing = 5.000000e-01 : f32}

// MSE-LABEL: func @model(
// MSE-SAME: %[[T:[^ ,:]*]]: tensor<4x3xf32> {auxact.input = "y"}
// MSE: auxact.mean_squared_error %{{.*}}, %[[T]]
func.func @model(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<3x8xf32> {auxact.parameter = "w"})
    -> (tensor<4x3xf32> {auxact.output = "prediction"}) {
  %p = auxact.linear %x, %w : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x3xf32>
  return %p : tensor<4x3xf32>
}

func.func @unmarked(%x: tensor<4x8xf32> {auxact.input = "x"}) -> tensor<4x8xf32> {
  %p = auxact.relu %x : tensor<4x8xf32>
  return %p : tensor<4x8xf32>
}
