// From a model to a plan, stopped after each stage. Each stage's own verifier
// runs at its end; here is checked that what belongs to the stage before is gone.

// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='0 = #auxact.exact; * = #auxact.sign<>' stop-after=model" | FileCheck %s --check-prefix=MODEL
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<>' optimizer=sgd momentum=0.9 stop-after=step" | FileCheck %s --check-prefix=STEP
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<>' optimizer=sgd momentum=0.9 stop-after=linalg" | FileCheck %s --check-prefix=LINALG
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<>' optimizer=sgd momentum=0.9 stop-after=kernels" | FileCheck %s --check-prefix=KERNELS
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<>' optimizer=sgd momentum=0.9" | FileCheck %s --check-prefix=PLAN
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="entry=predict" | FileCheck %s --check-prefix=PREDICT
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<>'" | aux-opt --auxact-verify-plan
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy optimizer=sgd target=cuda:sm_90a threads=8" | FileCheck %s --check-prefix=DEVICE
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="entry=accumulate loss=cross_entropy stop-after=step" | FileCheck %s --check-prefix=ACCUMULATE
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="entry=predict_average stop-after=step" | FileCheck %s --check-prefix=AVERAGE
// RUN: not aux-opt %models/perceptron.mlir --auxact-train-pipeline="stop-after=nowhere" 2>&1 | FileCheck %s --check-prefix=STAGE
// RUN: not aux-opt %models/perceptron.mlir --auxact-train-pipeline="entry=nothing" 2>&1 | FileCheck %s --check-prefix=ENTRY

// RUN: not aux-opt %models/perceptron.mlir --auxact-train-pipeline="batch=-3" 2>&1 | FileCheck %s --check-prefix=BATCH

// BATCH: batch is -3; expected a number of rows

// MODEL: func.func @perceptron
// MODEL: auxact.linear {{.*}}{name = "0", rule = #auxact.exact}
// MODEL: auxact.linear {{.*}}rule = #auxact.sign<
// MODEL: auxact.cross_entropy

// STEP: func.func @step(
// STEP-SAME: auxact.parameter = "0.weight", auxact.replaced_by
// STEP-SAME: auxact.scalar = "lr"
// STEP: #auxact.bits
// STEP: auxact.save
// STEP-NOT: #auxact.sign

// LINALG: func.func @step(
// LINALG-NOT: #auxact.bits
// LINALG-NOT: auxact.linear
// LINALG: auxact.pack_bits
// LINALG: auxact.save

// KERNELS: func.func private @kernel_0
// KERNELS: func.func @step(
// KERNELS-NOT: linalg.
// KERNELS: auxact.launch @kernel_0

// PLAN: func.func @step(
// PLAN-SAME: auxact.offset
// PLAN-SAME: auxact.peak_bytes
// PLAN: auxact.launch {{.*}}placements = [#auxact.place<
// PLAN: auxact.launch {{.*}}#auxact.place<state, "0.weight">

// A GPU's kernels have one workspace, whatever the number of threads, and its
// memory is aligned to 1024 bytes.
// DEVICE: func.func private @kernel_0{{.*}}auxact.grids = {{[0-9]+}} : i64, auxact.kernel, auxact.tasks = 1 : i64, auxact.workspace_bytes
// DEVICE: func.func @step(
// DEVICE-SAME: auxact.alignment = 1024 : i64
// DEVICE-SAME: auxact.threads = 1 : i64

// PREDICT: func.func @predict(
// PREDICT-NOT: auxact.save

// ACCUMULATE: func.func @accumulate(
// ACCUMULATE-SAME: auxact.state = "0.weight.gradient_sum"
// ACCUMULATE-NOT: auxact.scalar

// AVERAGE: func.func @predict_average(
// AVERAGE-SAME: auxact.state = "0.weight.ema"
// AVERAGE-NOT: auxact.parameter

// STAGE: unknown stage 'nowhere'; expected model, step, linalg, kernels or plan
// ENTRY: unknown entry 'nothing'; expected step, accumulate, gradients, predict, evaluate, predict_average, evaluate_average, indicators, saved
