// RUN: aux-opt %s -auxact-differentiate -canonicalize -split-input-file | FileCheck %s

// Upstream's elementwise operations between a parameter and the loss. The
// parameter takes part as a layer's bias would, so that its gradient shows.

// CHECK-LABEL: func @add(
// CHECK: %[[D:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<4xf32>, tensor<4xf32>, tensor<f32>)
// CHECK: return %{{.*}}, %[[D]], %[[D]]
func.func @add(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}, %b: tensor<4xf32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.addf %a, %b : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @subtract(
// CHECK: %[[D:.*]] = linalg.generic {{.*}} tensor<f32>)
// CHECK: %[[N:.*]] = linalg.generic {{.*}} ins(%[[D]]
// CHECK: arith.negf
// CHECK: return %{{.*}}, %[[D]], %[[N]]
func.func @subtract(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}, %b: tensor<4xf32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.subf %a, %b : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @negate(
// CHECK: arith.negf %{{.*}} : f32
func.func @negate(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.negf %a : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// Each factor's gradient reads the other factor, and nobody keeps what is not
// read: %x is an input.

// CHECK-LABEL: func @multiply(
// CHECK-SAME: %[[X:[^ ,:]*]]: tensor<4xf32> {auxact.input = "x"}
// CHECK-SAME: %[[A:[^ ,:]*]]: tensor<4xf32> {auxact.parameter = "a"}
// CHECK: %[[K:.*]] = auxact.save %[[X]] layer "mulf"
// CHECK-NOT: auxact.save %[[A]]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[K]]
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.mulf
func.func @multiply(%t: tensor<4xf32> {auxact.input = "t"}, %x: tensor<4xf32> {auxact.input = "x"}, %a: tensor<4xf32> {auxact.parameter = "a"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.mulf %a, %x : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// CHECK-LABEL: func @divide(
// CHECK: %[[R:.*]] = arith.divf %[[A:.*]], %[[B:.*]] : tensor<4xf32>
// CHECK-DAG: %[[KB:.*]] = auxact.save %[[B]] layer "divf"
// CHECK-DAG: %[[KR:.*]] = auxact.save %[[R]] layer "divf"
// CHECK: linalg.generic {{.*}} ins(%[[D:.*]], %[[KB]] :
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}} ins(%[[D]], %[[KB]], %[[KR]] :
// CHECK: arith.mulf
// CHECK: arith.divf
// CHECK: arith.negf
func.func @divide(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}, %b: tensor<4xf32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.divf %a, %b : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// One bit says which operand was chosen.

// CHECK-LABEL: func @maximum(
// CHECK: arith.subf %{{.*}}, %{{.*}} : f32
// CHECK: %[[B:.*]] = auxact.encode
// CHECK: %[[K:.*]] = auxact.save %[[B]] layer "maximumf" {{.*}} tensor<4xi1, #auxact.bits>
// CHECK: %[[C:.*]] = auxact.decode %[[K]] levels(0.0{{.*}}, 1.0
// CHECK: linalg.generic {{.*}} ins(%[[D:.*]], %[[C]]
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[ZERO:.*]] : f32
// CHECK: linalg.generic {{.*}} ins(%[[D]], %[[C]]
// CHECK: arith.select %{{.*}}, %[[ZERO]], %{{.*}} : f32
func.func @maximum(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"}, %b: tensor<4xf32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.maximumf %a, %b : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// The left operand is chosen where it is the smaller one. A single number is
// kept as it is.

// CHECK-LABEL: func @minimum(
// CHECK: ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: arith.subf %[[B]], %[[A]] : f32
// CHECK: auxact.save {{.*}} layer "minimumf" {{.*}} tensor<f32>
func.func @minimum(%t: tensor<f32> {auxact.input = "t"}, %a: tensor<f32> {auxact.parameter = "a"}, %b: tensor<f32> {auxact.parameter = "b"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %y = arith.minimumf %a, %b : tensor<f32>
  %l = auxact.mean_squared_error %y, %t : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// A constant is in the program anyway: it is read, not kept.

// CHECK-LABEL: func @constant(
// CHECK: %[[TWO:.*]] = arith.constant dense<2.0
// CHECK-NOT: auxact.save %[[TWO]]
// CHECK: return
func.func @constant(%t: tensor<4xf32> {auxact.input = "t"}, %a: tensor<4xf32> {auxact.parameter = "a"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %two = arith.constant dense<2.0> : tensor<4xf32>
  %y = arith.mulf %a, %two : tensor<4xf32>
  %l = auxact.mean_squared_error %y, %t : (tensor<4xf32>, tensor<4xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// -----

// The rule recompute goes through elementwise operations and views of upstream:
// the input of layer 0 is kept, and the rest is done again from it.

// CHECK-LABEL: func @recompute(
// CHECK: %[[H:.*]] = auxact.linear
// CHECK: %[[K:.*]] = auxact.save %[[H]] layer "1" rule "recompute"
// CHECK: %[[T:.*]] = arith.addf %[[K]], %{{.*}} : tensor<4x8xf32>
// CHECK: linalg.generic {{.*}}["parallel", "parallel", "reduction"]} ins(%{{.*}}, %[[T]]
func.func @recompute(%t: tensor<4x8xf32> {auxact.input = "t"}, %x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<8x8xf32> {auxact.parameter = "w"},
                     %v: tensor<8x8xf32> {auxact.parameter = "v"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %one = arith.constant dense<1.0> : tensor<4x8xf32>
  %h = auxact.linear %x, %w {name = "0"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %s = arith.addf %h, %one : tensor<4x8xf32>
  %y = auxact.linear %s, %v {name = "1", rule = #auxact.recompute} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %g = auxact.linear %h, %v {name = "2"} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  %z = auxact.add %y, %g : tensor<4x8xf32>
  %l = auxact.mean_squared_error %z, %t : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}
