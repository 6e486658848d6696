// RUN: aux-opt %s --auxact-train-pipeline="loss=mean_squared_error entry=step optimizer=adamw stop-after=step" | FileCheck %s --check-prefix=STEP
// RUN: aux-opt %s --auxact-train-pipeline="loss=mean_squared_error entry=gradients stop-after=step" | FileCheck %s --check-prefix=GRADIENTS
// RUN: aux-opt %s --auxact-train-pipeline="loss=mean_squared_error entry=predict stop-after=step" | FileCheck %s --check-prefix=PREDICT
// RUN: aux-opt %s --auxact-train-pipeline="loss=mean_squared_error entry=evaluate stop-after=plan" | FileCheck %s --check-prefix=EVALUATE

// A step moves the running statistics and draws numbers, of the same step that
// the optimizer counts.
// STEP-LABEL: func.func @step
// STEP-SAME: %[[M:[^:]*]]: tensor<16xf32> {auxact.buffer = "1.running_mean", auxact.replaced_by = {{[0-9]+}} : i64}
// STEP-SAME: auxact.scalar = "seed"
// STEP-SAME: %[[STEP:[^:]*]]: tensor<i32> {auxact.scalar = "step"}
// STEP-SAME: auxact.scalar = "operation:0", auxact.value = 0 : i64
// STEP-NOT: auxact.scalar = "step"
// STEP: auxact.dropout %{{.*}} source(%{{.*}}, %[[STEP]], %{{.*}})
// STEP: arith.sitofp

// Gradients leave them alone.
// GRADIENTS-LABEL: func.func @gradients
// GRADIENTS-NOT: auxact.replaced_by
// GRADIENTS-COUNT-2: auxact.dropout

// Evaluation draws none.
// PREDICT-LABEL: func.func @predict
// PREDICT-SAME: auxact.buffer = "1.running_mean"
// PREDICT-NOT: auxact.scalar
// PREDICT-NOT: auxact.dropout

// EVALUATE-NOT: auxact.scalar
// EVALUATE-NOT: place<state
func.func @model(%x: tensor<8x12xf32> {auxact.input = "x"},
    %w: tensor<16x12xf32> {auxact.parameter = "0.weight"},
    %m: tensor<16xf32> {auxact.buffer = "1.running_mean", auxact.replaced_by = 1 : i64},
    %v: tensor<16xf32> {auxact.buffer = "1.running_var", auxact.replaced_by = 2 : i64})
    -> (tensor<8x16xf32> {auxact.output = "prediction"}, tensor<16xf32>, tensor<16xf32>) {
  %h = auxact.linear %x, %w {name = "0"} : (tensor<8x12xf32>, tensor<16x12xf32>) -> tensor<8x16xf32>
  %y, %nm, %nv = auxact.batch_norm %h running(%m, %v) {name = "1"}
      : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>) -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
  %z = auxact.dropout %y {name = "2", probability = 0.1} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %z, %nm, %nv : tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>
}
