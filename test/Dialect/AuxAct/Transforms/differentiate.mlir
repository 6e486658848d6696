// RUN: aux-opt %s -auxact-name-layers -auxact-differentiate -canonicalize -cse -split-input-file | FileCheck %s

// Exact: the activation itself is kept, and read once. An input is there anyway:
// it counts for nothing.
// CHECK-LABEL: func.func @exact
// CHECK-SAME: (%[[X:[^:]*]]: tensor<64x8xf32>
// CHECK-SAME: -> (tensor<f32> {auxact.output = "loss"}, tensor<4x8xf32> {auxact.output = "gradient:w"})
func.func @exact(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x4xf32> {auxact.input = "t"},
                 %w: tensor<4x8xf32> {auxact.parameter = "w"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = auxact.linear %x, %w {name = "fc"} : (tensor<64x8xf32>, tensor<4x8xf32>) -> tensor<64x4xf32>
  // CHECK: %[[L:.*]] = auxact.mean_squared_error
  %l = auxact.mean_squared_error %y, %t : (tensor<64x4xf32>, tensor<64x4xf32>) -> tensor<f32>
  // CHECK: %[[K:.*]] = auxact.save %[[X]] layer "fc" rule "exact" exact_bytes 0
  // CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[K]] :
  // CHECK: return %[[L]], %[[G]]
  return %l : tensor<f32>
}

// -----

// The mask of a relu and the bits of a sign rule on its output are one value;
// the gradient of the activation does not see the rule. Exact backpropagation
// would take the mask from the activation.
// CHECK-LABEL: func.func @sign
func.func @sign(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x4xf32> {auxact.input = "t"},
                %v: tensor<16x8xf32> {auxact.parameter = "v"}, %w: tensor<4x16xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x8xf32>, tensor<16x8xf32>) -> tensor<64x16xf32>
  // CHECK: %[[R:.*]] = auxact.relu
  %r = auxact.relu %h {name = "1"} : tensor<64x16xf32>
  // CHECK: %[[B:.*]] = auxact.encode %[[R]]
  // CHECK-NOT: auxact.encode
  %y = auxact.linear %r, %w {name = "2", rule = #auxact.sign<>} : (tensor<64x16xf32>, tensor<4x16xf32>) -> tensor<64x4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x4xf32>, tensor<64x4xf32>) -> tensor<f32>
  // CHECK: %[[S:.*]] = auxact.save %[[B]] layer "2" rule "sign" exact_bytes 4096
  // CHECK: auxact.decode %[[S]] levels(-1.000000e-02, 1.000000e-02)
  // CHECK: %[[M:.*]] = auxact.save %[[B]] layer "1" rule "relu" exact_bytes 0
  // CHECK: auxact.mask %{{.*}}, %[[M]]
  return %l : tensor<f32>
}

// -----

// Residual: the shared tensor is kept, and nothing of the layer's own.
// CHECK-LABEL: func.func @residual
// CHECK-SAME: (%[[X:[^:]*]]: tensor<64x8xf32>
func.func @residual(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x8xf32> {auxact.input = "t"},
                    %v: tensor<8x8xf32> {auxact.parameter = "v"}, %w: tensor<8x8xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x8xf32>, tensor<8x8xf32>) -> tensor<64x8xf32>
  %s = auxact.add %x, %h : tensor<64x8xf32>
  %y = auxact.linear %s, %w aux(%x) {name = "1", rule = #auxact.residual} : (tensor<64x8xf32>, tensor<8x8xf32>, tensor<64x8xf32>) -> tensor<64x8xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x8xf32>, tensor<64x8xf32>) -> tensor<f32>
  // CHECK: auxact.save %[[X]] layer "1" rule "residual"
  return %l : tensor<f32>
}

// -----

// Recompute: the relu is done again from its input's nearest kept value, which
// is what the gelu before it keeps.
// CHECK-LABEL: func.func @recompute
func.func @recompute(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x4xf32> {auxact.input = "t"},
                     %v: tensor<16x8xf32> {auxact.parameter = "v"}, %w: tensor<4x16xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  // CHECK: %[[H:.*]] = auxact.linear
  %h = auxact.linear %x, %v {name = "0"} : (tensor<64x8xf32>, tensor<16x8xf32>) -> tensor<64x16xf32>
  %g = auxact.gelu %h {name = "1"} : tensor<64x16xf32>
  %y = auxact.linear %g, %w {name = "2", rule = #auxact.recompute} : (tensor<64x16xf32>, tensor<4x16xf32>) -> tensor<64x4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x4xf32>, tensor<64x4xf32>) -> tensor<f32>
  // CHECK: %[[K:.*]] = auxact.save %[[H]] layer "2" rule "recompute" exact_bytes 0
  // CHECK: %[[A:.*]] = auxact.gelu %[[K]]
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[A]] :
  return %l : tensor<f32>
}

// -----

// Centered signs: the mean is state, replaced at the end of the step.
// CHECK-LABEL: func.func @center
// CHECK-SAME: tensor<8xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 2 : i64, auxact.state = "fc.mean"}
// CHECK-SAME: -> (tensor<f32> {auxact.output = "loss"}, tensor<4x8xf32> {auxact.output = "gradient:w"}, tensor<8xf32>)
func.func @center(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x4xf32> {auxact.input = "t"},
                  %w: tensor<4x8xf32> {auxact.parameter = "w"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %y = auxact.linear %x, %w {name = "fc", rule = #auxact.sign<center>} : (tensor<64x8xf32>, tensor<4x8xf32>) -> tensor<64x4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<64x4xf32>, tensor<64x4xf32>) -> tensor<f32>
  // CHECK-DAG: auxact.save %{{.*}} layer "fc" rule "sign<center>" exact_bytes 0 : tensor<64x8xi1, #auxact.bits>
  // CHECK-DAG: auxact.save %{{.*}} layer "fc" rule "sign<center>" exact_bytes 0 : tensor<f32>
  return %l : tensor<f32>
}

// -----

// Two layers read one activation, one of them through a reshape, and the loss one
// that no layer reads: exact backpropagation would keep each once.
// CHECK-LABEL: func.func @one_activation
func.func @one_activation(%x: tensor<64x8xf32> {auxact.input = "x"}, %t: tensor<64x4xf32> {auxact.input = "t"},
                          %u: tensor<16x8xf32> {auxact.parameter = "u"}, %v: tensor<4x16xf32> {auxact.parameter = "v"},
                          %w: tensor<4x16xf32> {auxact.parameter = "w"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.linear %x, %u {name = "h"} : (tensor<64x8xf32>, tensor<16x8xf32>) -> tensor<64x16xf32>
  %q = auxact.linear %h, %v {name = "q"} : (tensor<64x16xf32>, tensor<4x16xf32>) -> tensor<64x4xf32>
  %p = auxact.reshape %h : tensor<64x16xf32> -> tensor<8x8x16xf32>
  %k = auxact.linear %p, %w {name = "k", rule = #auxact.sign<>} : (tensor<8x8x16xf32>, tensor<4x16xf32>) -> tensor<8x8x4xf32>
  %m = auxact.reshape %k : tensor<8x8x4xf32> -> tensor<64x4xf32>
  %s = auxact.add %q, %m : tensor<64x4xf32>
  %l = auxact.mean_squared_error %s, %t : (tensor<64x4xf32>, tensor<64x4xf32>) -> tensor<f32>
  // CHECK-DAG: rule "mean_squared_error" exact_bytes 1024 : tensor<64x4xf32>
  // CHECK-DAG: layer "q" rule "exact" exact_bytes 4096 : tensor<64x16xf32>
  // CHECK-DAG: layer "k" rule "sign" exact_bytes 0 : tensor<8x8x16xi1, #auxact.bits>
  return %l : tensor<f32>
}
