// A step with attention: what it keeps, and that no tensor of queries x keys is
// ever in memory.

// RUN: aux-opt %s --auxact-train-pipeline="optimizer=sgd stop-after=step" | FileCheck %s --check-prefix=STEP
// RUN: aux-opt %s --auxact-train-pipeline="optimizer=sgd" | FileCheck %s --check-prefix=PLAN --implicit-check-not=x61x61x --implicit-check-not=x61x59x --implicit-check-not=x59x61x
// RUN: aux-opt %s --auxact-train-pipeline="entry=predict batch=7" | FileCheck %s --check-prefix=PREDICT
// RUN: aux-opt %s --auxact-train-pipeline="optimizer=sgd precision=bfloat16" | FileCheck %s --check-prefix=BF16

// STEP: %[[O:.*]], %[[L:.*]] = auxact.attention
// STEP-DAG: auxact.save %[[O]] layer "attention"
// STEP-DAG: auxact.save %[[L]] layer "attention"
// STEP: auxact.attention_grad

// PLAN: auxact.attention %{{.*}}, %{{.*}}, %{{.*}} {{.*}} -> (tensor<3x61x32xf32>, tensor<3x2x61xf32>)
// PLAN: auxact.attention_grad
// PLAN: auxact.launch

// Nobody reads the log-sum-exp then; and another batch size.
// PREDICT: auxact.attention {{.*}} -> (tensor<7x61x32xf32>, tensor<7x2x61xf32>)
// PREDICT: auxact.launch {{.*}} -> tensor<7x61x32xf32>

// What is kept is kept in bf16.
// BF16: auxact.save {{.*}} tensor<3x61x32xbf16>

func.func @model(%x: tensor<3x61x32xf32> {auxact.input = "x"}, %y: tensor<3x59x32xf32> {auxact.input = "y"}, %t: tensor<3x61x32xf32> {auxact.input = "t"},
                 %wq: tensor<32x32xf32> {auxact.parameter = "wq"}, %wk: tensor<32x32xf32> {auxact.parameter = "wk"},
                 %wv: tensor<32x32xf32> {auxact.parameter = "wv"}) -> (tensor<3x61x32xf32> {auxact.output = "prediction"}, tensor<f32> {auxact.output = "loss"}) {
  %q = auxact.linear %x, %wq {name = "q"} : (tensor<3x61x32xf32>, tensor<32x32xf32>) -> tensor<3x61x32xf32>
  %k = auxact.linear %y, %wk {name = "k"} : (tensor<3x59x32xf32>, tensor<32x32xf32>) -> tensor<3x59x32xf32>
  %v = auxact.linear %y, %wv {name = "v"} : (tensor<3x59x32xf32>, tensor<32x32xf32>) -> tensor<3x59x32xf32>
  %o, %s = auxact.attention %q, %k, %v {heads = 2 : i64, name = "attention"} : (tensor<3x61x32xf32>, tensor<3x59x32xf32>, tensor<3x59x32xf32>) -> (tensor<3x61x32xf32>, tensor<3x2x61xf32>)
  %l = auxact.mean_squared_error %o, %t : (tensor<3x61x32xf32>, tensor<3x61x32xf32>) -> tensor<f32>
  return %o, %l : tensor<3x61x32xf32>, tensor<f32>
}
