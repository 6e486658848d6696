// RUN: aux-opt %s --auxact-train-pipeline="loss=cross_entropy precision=bfloat16 rules='1 = #auxact.sign; * = #auxact.exact' stop-after=kernels" | FileCheck %s
// RUN: aux-opt %s --auxact-train-pipeline="loss=cross_entropy precision=bfloat16 rules='1 = #auxact.sign; * = #auxact.exact' stop-after=kernels" | FileCheck %s --check-prefix=STEP
// RUN: aux-opt %s --auxact-train-pipeline="loss=cross_entropy precision=tf32 stop-after=kernels" | FileCheck %s --check-prefix=TF32

// Activations and their gradients are written once, in bf16, by the kernels that
// make them; weights and inputs are read in float32 and rounded there; only what
// the loss reads, and new weights, are written in float32.

// The gradient of the logits has an exponential: one kernel makes it, in bf16,
// for its three readers.

// STEP-LABEL: func.func @step
// STEP: %[[H1:.*]]:2 = auxact.launch @{{.*}} {layer = "0"} : (tensor<32x48xf32>, tensor<64x48xf32>, tensor<32xf32>) -> (tensor<64x4xi8>, tensor<64x32xbf16>)
// STEP: %[[H2:.*]]:2 = auxact.launch @{{.*}}(%{{.*}}, %[[H1]]#1, %{{.*}}) {layer = "1"} : {{.*}} -> (tensor<64x32xbf16>, tensor<64x32xbf16>)
// STEP: %[[LOGITS:.*]] = auxact.launch @{{.*}}(%{{.*}}, %[[H2]]#1, %{{.*}}) {layer = "2"} : {{.*}} -> tensor<64x10xf32>
// STEP: auxact.save %[[LOGITS]] {{.*}} exact_bytes 2560 : tensor<64x10xf32>
// STEP: %[[D2:.*]] = auxact.launch {{.*}} {layer = "cross_entropy.5"} : {{.*}} -> tensor<64x10xbf16>
// STEP-DAG: auxact.launch @{{.*}}(%[[D2]], {{.*}} -> tensor<10xf32>
// STEP-DAG: auxact.launch @{{.*}}(%[[D2]], {{.*}} -> tensor<10x32xf32>
// STEP-DAG: auxact.launch @{{.*}}(%{{.*}}, %[[D2]], {{.*}} {layer = "2"} : {{.*}} -> tensor<64x32xbf16>
// STEP-NOT: -> tensor<64x32xf32>

// Forward: x and w are rounded by the prologue, the sign's sum by the epilogue;
// bits and auxiliary are of the float32 value.

// CHECK-LABEL: func.func private @kernel_0
// CHECK: arith.truncf
// CHECK: arith.truncf
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<64x48xbf16>, tensor<32x48xbf16>) outs(%{{.*}} : tensor<64x32xf32>)
// CHECK: arith.addf
// CHECK: arith.addf
// CHECK: %[[RELU:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<64x32xf32>) {
// CHECK-NEXT: ^bb0
// CHECK-NEXT: arith.maximumf
// CHECK: %[[BIT:.*]] = linalg.generic {{.*}} ins(%[[RELU]] : tensor<64x32xf32>)
// CHECK: arith.cmpf ogt
// CHECK: auxact.pack_bits %[[BIT]]
// CHECK: %[[SEEN:.*]] = linalg.generic {{.*}} ins(%[[RELU]], %{{.*}} : tensor<64x32xf32>, tensor<64x32xf32>)
// CHECK: arith.addf
// CHECK: %[[ROUNDED:.*]] = linalg.generic {{.*}} ins(%[[SEEN]] : tensor<64x32xf32>) outs(%{{.*}} : tensor<64x32xbf16>)
// CHECK: return %{{.*}}, %[[ROUNDED]] : tensor<64x4xi8>, tensor<64x32xbf16>

// TF32: attrs = {auxact.precision = "tf32"}
// TF32-NOT: bf16

func.func @mlp(%x: tensor<64x48xf32> {auxact.input = "x"},
               %w0: tensor<32x48xf32> {auxact.parameter = "0.weight"}, %b0: tensor<32xf32> {auxact.parameter = "0.bias"},
               %w1: tensor<32x32xf32> {auxact.parameter = "1.weight"}, %b1: tensor<32xf32> {auxact.parameter = "1.bias"},
               %w2: tensor<10x32xf32> {auxact.parameter = "2.weight"}, %b2: tensor<10xf32> {auxact.parameter = "2.bias"})
    -> (tensor<64x10xf32> {auxact.output = "prediction"}) {
  %0 = auxact.linear %x, %w0, %b0 {name = "0"} : (tensor<64x48xf32>, tensor<32x48xf32>, tensor<32xf32>) -> tensor<64x32xf32>
  %1 = auxact.relu %0 : tensor<64x32xf32>
  %2 = auxact.linear %1, %w1, %b1 {name = "1"} : (tensor<64x32xf32>, tensor<32x32xf32>, tensor<32xf32>) -> tensor<64x32xf32>
  %3 = auxact.gelu %2 : tensor<64x32xf32>
  %4 = auxact.linear %3, %w2, %b2 {name = "2"} : (tensor<64x32xf32>, tensor<10x32xf32>, tensor<10xf32>) -> tensor<64x10xf32>
  return %4 : tensor<64x10xf32>
}
