// RUN: aux-opt %s -split-input-file -verify-diagnostics -auxact-return-saved-values | FileCheck %s

// One result for each saved value; a layer that keeps two has two names.

// CHECK-LABEL: func.func @gradients
// CHECK-SAME: -> (tensor<f32> {auxact.output = "loss"}, tensor<4x4xi8> {auxact.output = "saved:1"},
// CHECK-SAME: tensor<4xf32> {auxact.output = "saved:1.1"}, tensor<4x4xi8> {auxact.output = "saved:2"})
func.func @gradients(%l: tensor<f32>, %b: tensor<4x4xi8>, %m: tensor<4xf32>) -> (tensor<f32> {auxact.output = "loss"}) {
  // CHECK: %[[BITS:.*]] = auxact.save %{{.*}} layer "1"
  // CHECK: %[[MEAN:.*]] = auxact.save %{{.*}} layer "1"
  // CHECK: %[[MASK:.*]] = auxact.save %{{.*}} layer "2"
  // CHECK: return %{{.*}}, %[[BITS]], %[[MEAN]], %[[MASK]]
  %0 = auxact.save %b layer "1" rule "sign" exact_bytes 1024 : tensor<4x4xi8>
  %1 = auxact.save %m layer "1" rule "sign" exact_bytes 0 : tensor<4xf32>
  %2 = auxact.save %b layer "2" rule "relu" exact_bytes 1024 : tensor<4x4xi8>
  return %l : tensor<f32>
}

// -----

// Bits have no bytes before the conversion says how they lie.

func.func @gradients(%b: tensor<4x8xi1, #auxact.bits>) {
  // expected-error @below {{convert to linalg first}}
  %0 = auxact.save %b layer "1" rule "sign" exact_bytes 1024 : tensor<4x8xi1, #auxact.bits>
  return
}
