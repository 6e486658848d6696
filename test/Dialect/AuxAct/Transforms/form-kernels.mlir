// RUN: aux-opt %s -pass-pipeline='builtin.module(func.func(auxact-name-layers,auxact-differentiate,canonicalize,cse),convert-auxact-to-linalg,canonicalize,cse,auxact-form-kernels,cse)' -split-input-file | FileCheck %s

// All that reads the relu's output reads x + eps * s: the kernel that makes it
// writes that and the bits in its place. x itself is never in memory.
// CHECK-LABEL: func.func @in_place
// CHECK: %[[H:.*]]:2 = auxact.launch @{{.*}}(%arg0, %arg2) {layer = "0"} : {{.*}} -> (tensor<64x16xi8>, tensor<64x128xf32>)
// CHECK: auxact.launch @{{.*}}(%[[H]]#1, %arg3) {layer = "2"} : (tensor<64x128xf32>, tensor<32x128xf32>) -> tensor<64x32xf32>
// One value is the sign rule's bits and the relu's mask.
// CHECK-DAG: auxact.save %[[H]]#0 layer "2" rule "sign"
// CHECK-DAG: auxact.save %[[H]]#0 layer "1" rule "relu"
func.func @in_place(%x: tensor<64x100xf32> {auxact.input = "x"}, %t: tensor<64x32xf32> {auxact.input = "t"},
                    %v: tensor<128x100xf32> {auxact.parameter = "v"}, %w: tensor<32x128xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x100xf32>, tensor<128x100xf32>) -> tensor<64x128xf32>
  %r = auxact.relu %h {name = "1"} : tensor<64x128xf32>
  %y = auxact.linear %r, %w {name = "2", rule = #auxact.sign<>} : (tensor<64x128xf32>, tensor<32x128xf32>) -> tensor<64x32xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x32xf32>, tensor<64x32xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// A skip reads x as it is: the producer writes x and the bits, and the layer
// adds eps * s while it packs x (its kernel's first operations).
// CHECK: func.func private @[[$LAYER:.*]](%[[X:.*]]: tensor<64x128xf32>, %{{.*}}: tensor<32x128xf32>) -> tensor<64x32xf32>
// CHECK: arith.cmpf ogt
// CHECK: arith.select
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}}"reduction"
// CHECK-LABEL: func.func @skip
// CHECK: %[[H:.*]]:2 = auxact.launch @{{.*}}(%arg0, %arg2) {layer = "0"} : {{.*}} -> (tensor<64x128xf32>, tensor<64x16xi8>)
// CHECK: auxact.launch @[[$LAYER]](%[[H]]#0, %arg3) {layer = "1"}
// CHECK: auxact.launch @{{.*}}, %[[H]]#0) {layer = "2"}
func.func @skip(%x: tensor<64x100xf32> {auxact.input = "x"}, %t: tensor<64x128xf32> {auxact.input = "t"},
                %v: tensor<128x100xf32> {auxact.parameter = "v"}, %w: tensor<32x128xf32> {auxact.parameter = "w"},
                %u: tensor<128x32xf32> {auxact.parameter = "u"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x100xf32>, tensor<128x100xf32>) -> tensor<64x128xf32>
  %a = auxact.linear %h, %w {name = "1", rule = #auxact.sign<>} : (tensor<64x128xf32>, tensor<32x128xf32>) -> tensor<64x32xf32>
  %b = auxact.linear %a, %u {name = "2"} : (tensor<64x32xf32>, tensor<128x32xf32>) -> tensor<64x128xf32>
  %s = auxact.add %h, %b : tensor<64x128xf32>
  %l = auxact.mean_squared_error %s, %t : (tensor<64x128xf32>, tensor<64x128xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// No kernel makes a model's input: the layer that packs it makes the bits.
// CHECK-LABEL: func.func @input
// CHECK: %[[H:.*]]:2 = auxact.launch @{{.*}}(%arg0, %arg2) {layer = "fc"} : {{.*}} -> (tensor<64x16xi8>, tensor<64x48xf32>)
// CHECK: auxact.save %[[H]]#0 layer "fc" rule "sign"
func.func @input(%x: tensor<64x100xf32> {auxact.input = "x"}, %t: tensor<64x48xf32> {auxact.input = "t"},
                 %w: tensor<48x100xf32> {auxact.parameter = "w"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = auxact.linear %x, %w {name = "fc", rule = #auxact.sign<>} : (tensor<64x100xf32>, tensor<48x100xf32>) -> tensor<64x48xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x48xf32>, tensor<64x48xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Equal layers are one kernel.
// CHECK-LABEL: func.func @equal
// CHECK: auxact.launch @[[K:.*]](%arg0, %arg2)
// CHECK: auxact.launch @[[K]](%{{.*}}, %arg3)
func.func @equal(%x: tensor<64x32xf32> {auxact.input = "x"}, %t: tensor<64x32xf32> {auxact.input = "t"},
                 %v: tensor<32x32xf32> {auxact.parameter = "v"}, %w: tensor<32x32xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>
  %y = auxact.linear %h, %w {name = "1"} : (tensor<64x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x32xf32>, tensor<64x32xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// The new mean replaces the state only after the backward has read the old one:
// the sum is made in the forward, the update is a launch of its own.
// CHECK-LABEL: func.func @update
// CHECK: %[[S:.*]] = auxact.launch @{{.*}}(%arg0) {layer = "fc"} : (tensor<64x100xf32>) -> tensor<100xf32>
// CHECK: %[[M:.*]] = auxact.launch @{{.*}}(%[[S]]) {layer = "fc"} : (tensor<100xf32>) -> tensor<100xf32>
// CHECK: return {{.*}}%[[M]] :
func.func @update(%x: tensor<64x100xf32> {auxact.input = "x"}, %t: tensor<64x48xf32> {auxact.input = "t"},
                  %w: tensor<48x100xf32> {auxact.parameter = "w"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = auxact.linear %x, %w {name = "fc", rule = #auxact.sign<center>} : (tensor<64x100xf32>, tensor<48x100xf32>) -> tensor<64x48xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x48xf32>, tensor<64x48xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
