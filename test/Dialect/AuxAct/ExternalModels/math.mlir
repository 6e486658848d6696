// RUN: aux-opt %s -auxact-differentiate -canonicalize -split-input-file | FileCheck %s

// What each one keeps, and the arithmetic of its gradient.

// CHECK-LABEL: func @exp(
// CHECK: %[[Y:.*]] = math.exp
// CHECK: %[[K:.*]] = auxact.save %[[Y]] layer "exp"
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[K]]
// CHECK-NEXT: ^bb0(%[[G:[^ ,:]*]]: f32, %[[V:[^ ,:]*]]: f32,
// CHECK-NEXT: arith.mulf %[[G]], %[[V]]
func.func @exp(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = math.exp %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @log(
// CHECK-SAME: %[[A:[^ ,:]*]]: tensor<4xf32> {auxact.parameter
// CHECK: %[[K:.*]] = auxact.save %[[A]] layer "log"
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[K]]
// CHECK-NEXT: ^bb0(%[[G:[^ ,:]*]]: f32, %[[V:[^ ,:]*]]: f32,
// CHECK-NEXT: arith.divf %[[G]], %[[V]]
func.func @log(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = math.log %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @sqrt(
// CHECK: %[[Y:.*]] = math.sqrt
// CHECK: %[[K:.*]] = auxact.save %[[Y]] layer "sqrt"
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[K]]
// CHECK-NEXT: ^bb0(%[[G:[^ ,:]*]]: f32, %[[V:[^ ,:]*]]: f32,
// CHECK-NEXT: %[[TWICE:.*]] = arith.addf %[[V]], %[[V]]
// CHECK-NEXT: arith.divf %[[G]], %[[TWICE]]
func.func @sqrt(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = math.sqrt %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @tanh(
// CHECK: %[[ONE:.*]] = arith.constant 1.0{{.*}} : f32
// CHECK: %[[Y:.*]] = math.tanh
// CHECK: %[[K:.*]] = auxact.save %[[Y]] layer "tanh"
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[K]]
// CHECK-NEXT: ^bb0(%[[G:[^ ,:]*]]: f32, %[[V:[^ ,:]*]]: f32,
// CHECK-NEXT: %[[SQ:.*]] = arith.mulf %[[V]], %[[V]]
// CHECK-NEXT: %[[S:.*]] = arith.subf %[[ONE]], %[[SQ]]
// CHECK-NEXT: arith.mulf %[[G]], %[[S]]
func.func @tanh(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = math.tanh %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @erf(
// CHECK: %[[C:.*]] = arith.constant 1.128379{{.*}} : f32
// CHECK: auxact.save %{{.*}} layer "erf"
// CHECK: linalg.generic
// CHECK-NEXT: ^bb0(%[[G:[^ ,:]*]]: f32, %[[V:[^ ,:]*]]: f32,
// CHECK-NEXT: %[[SQ:.*]] = arith.mulf %[[V]], %[[V]]
// CHECK-NEXT: %[[N:.*]] = arith.negf %[[SQ]]
// CHECK-NEXT: %[[E:.*]] = math.exp %[[N]]
// CHECK-NEXT: %[[S:.*]] = arith.mulf %[[E]], %[[C]]
// CHECK-NEXT: arith.mulf %[[G]], %[[S]]
func.func @erf(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = math.erf %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
