// RUN: aux-opt %s --auxact-train-pipeline="entry=step optimizer=sgd" | FileCheck %s
// RUN: aux-opt %s --auxact-train-pipeline="entry=evaluate" | FileCheck %s
// RUN: aux-opt %s --auxact-train-pipeline="entry=step optimizer=sgd stop-after=kernels" | FileCheck %s --check-prefix=KERNELS

// Over a vocabulary of 1024 in parts of 256, with the table that embeds the tokens
// as the last layer's weight: no tensor of the plan has a number for each of the 64
// tokens and each class, and parts of one size share their kernels.

// CHECK-NOT: {{64x1024x|1024x64x|8x8x1024x}}

// Rows of the table are no copies. The first part starts the sums that the others
// go on with.
// KERNELS-LABEL: func.func @step
// KERNELS: tensor.extract_slice %{{.*}}[256, 0] [256, 32] [1, 1] : tensor<1024x32xf32>
// KERNELS: auxact.launch @[[LOGITS:kernel_[0-9]+]](%{{.*}} -> tensor<64x256xf32>
// KERNELS-COUNT-2: auxact.launch @[[LOGITS]](%{{.*}} -> tensor<64x256xf32>
// KERNELS: auxact.save %{{.*}} layer "head"
// KERNELS: auxact.launch @[[DELTA:kernel_[0-9]+]]({{.*}} -> tensor<64x256xf32>
// KERNELS-COUNT-3: auxact.launch @[[DELTA]]({{.*}} -> tensor<64x256xf32>
func.func @model(%t: tensor<8x8xi32> {auxact.input = "tokens"},
                 %y: tensor<8x8xi32> {auxact.input = "labels"},
                 %table: tensor<1024x32xf32> {auxact.parameter = "table"},
                 %w: tensor<32x32xf32> {auxact.parameter = "w"})
    -> (tensor<f32> {auxact.output = "loss"}) {
  %x = auxact.embedding %t, %table {name = "embed"} : (tensor<8x8xi32>, tensor<1024x32xf32>) -> tensor<8x8x32xf32>
  %h = auxact.linear %x, %w {name = "inner"} : (tensor<8x8x32xf32>, tensor<32x32xf32>) -> tensor<8x8x32xf32>
  %l = auxact.linear_cross_entropy %h, %table, %y {chunk = 256 : i64, ignore_index = 0 : i64, name = "head"}
    : (tensor<8x8x32xf32>, tensor<1024x32xf32>, tensor<8x8xi32>) -> tensor<f32>
  return %l : tensor<f32>
}
