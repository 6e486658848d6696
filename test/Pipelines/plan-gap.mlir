// A plan takes no more than its lower bound, the most bytes alive at once.

// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.exact' optimizer=sgd momentum=0.9 threads=2" | FileCheck %s
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<>' optimizer=sgd momentum=0.9 threads=2" | FileCheck %s
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy rules='* = #auxact.sign<center>' optimizer=adamw clip-grad-norm=1.0 threads=16" | FileCheck %s
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy entry=indicators threads=2" | FileCheck %s
// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="entry=predict threads=2" | FileCheck %s

// CHECK: auxact.arena_bytes = [[BYTES:[0-9]+]] : i64
// CHECK-SAME: auxact.lower_bound_bytes = [[BYTES]] : i64

// Updates overwrite their states in place, so that nothing but the loss is
// handed out of the arena, and come before the gradients of earlier layers.

// RUN: aux-opt %models/perceptron.mlir --auxact-train-pipeline="loss=cross_entropy optimizer=sgd momentum=0.9" | FileCheck %s --check-prefix=ORDER

// ORDER-LABEL: func.func @step
// ORDER: #auxact.place<state, "3.weight">
// ORDER: auxact.save {{.*}} layer "1.1" rule "relu"
// ORDER: #auxact.place<state, "1.2.weight">
// ORDER: #auxact.place<state, "0.weight">
