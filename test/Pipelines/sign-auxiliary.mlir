// RUN: aux-opt %s -split-input-file --auxact-train-pipeline="loss=mean_squared_error optimizer=sgd entry=step" | FileCheck %s

// Making the auxiliary is no pass over memory, and x and x + e*s are never both
// there: the plan, which lists everything that is stored, has them nowhere.

// Nobody else reads the relu's output: its producer writes x + e*s in place of
// x, and the bits, which are the relu's mask as well. The layer reads what was
// written; there is no other value of this shape until the backward.

// CHECK-LABEL: func.func private @kernel_0
// CHECK: arith.maximumf
// CHECK: %[[BITS:.*]] = auxact.pack_bits
// CHECK: arith.select
// CHECK: arith.addf
// CHECK: return %[[BITS]], %{{.*}} : tensor<64x4xi8>, tensor<64x32xf32>
// CHECK-LABEL: func.func private @kernel_1
// CHECK-NOT: arith.select
// CHECK: return
// CHECK-LABEL: func.func @step
// CHECK: %[[OUT:.*]]:2 = auxact.launch @kernel_0({{.*}} -> (tensor<64x4xi8>, tensor<64x32xf32>)
// CHECK-NEXT: %[[Z:.*]] = auxact.launch @kernel_1(%[[OUT]]#1,
// CHECK-SAME: -> tensor<64x16xf32>
// CHECK-NOT: -> tensor<64x32xf32>
// CHECK: auxact.save %[[Z]] layer "mean_squared_error.3"
// CHECK-DAG: auxact.save %[[OUT]]#0 layer "1" rule "relu" exact_bytes 0 : tensor<64x4xi8>
// CHECK-DAG: auxact.save %[[OUT]]#0 layer "2" rule "sign" exact_bytes 8192 : tensor<64x4xi8>
func.func @replaced(%x: tensor<64x16xf32> {auxact.input = "x"},
    %w0: tensor<32x16xf32> {auxact.parameter = "0.weight"}, %w1: tensor<16x32xf32> {auxact.parameter = "2.weight"})
    -> (tensor<64x16xf32> {auxact.output = "prediction"}) {
  %h = auxact.linear %x, %w0 {name = "0"} : (tensor<64x16xf32>, tensor<32x16xf32>) -> tensor<64x32xf32>
  %r = auxact.relu %h {name = "1"} : tensor<64x32xf32>
  %z = auxact.linear %r, %w1 {name = "2", rule = #auxact.sign<>} : (tensor<64x32xf32>, tensor<16x32xf32>) -> tensor<64x16xf32>
  return %z : tensor<64x16xf32>
}

// -----

// A skip reads x: the producer writes x and the bits, and the layer adds e*s
// while it reads its operand, before the contraction. Of this shape the forward
// stores x and the sum with the skip, nothing else.

// CHECK-LABEL: func.func private @kernel_0
// CHECK: arith.maximumf
// CHECK-NOT: arith.select
// CHECK: auxact.pack_bits
// CHECK-LABEL: func.func private @kernel_1
// CHECK: arith.select
// CHECK: arith.mulf
// CHECK: return
// CHECK-LABEL: func.func @step
// CHECK: %[[OUT:.*]]:2 = auxact.launch @kernel_0({{.*}} -> (tensor<64x32xf32>, tensor<64x4xi8>)
// CHECK-NEXT: %[[S:.*]] = auxact.launch @kernel_1(%[[OUT]]#0,
// CHECK-SAME: -> tensor<64x32xf32>
// CHECK-NOT: -> tensor<64x32xf32>
// CHECK: auxact.save %[[S]] layer "mean_squared_error.4"
func.func @beside_a_skip(%x: tensor<64x32xf32> {auxact.input = "x"},
    %w0: tensor<32x32xf32> {auxact.parameter = "0.weight"}, %w1: tensor<32x32xf32> {auxact.parameter = "2.weight"})
    -> (tensor<64x32xf32> {auxact.output = "prediction"}) {
  %h = auxact.linear %x, %w0 {name = "0"} : (tensor<64x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>
  %r = auxact.relu %h {name = "1"} : tensor<64x32xf32>
  %z = auxact.linear %r, %w1 {name = "2", rule = #auxact.sign<>} : (tensor<64x32xf32>, tensor<32x32xf32>) -> tensor<64x32xf32>
  %s = auxact.add %r, %z : tensor<64x32xf32>
  return %s : tensor<64x32xf32>
}
