// RUN: aux-opt %s -auxact-append-optimizer -canonicalize | FileCheck %s --check-prefix=SGD
// RUN: aux-opt %s -auxact-append-optimizer="momentum=0.5 weight-decay=0.25" -canonicalize | FileCheck %s --check-prefix=MOMENTUM
// RUN: aux-opt %s -auxact-append-optimizer="momentum=0.5 nesterov=true" -canonicalize | FileCheck %s --check-prefix=NESTEROV
// RUN: aux-opt %s -auxact-append-optimizer="optimizer=adamw beta1=0.5 beta2=0.75 weight-decay=0.125 epsilon=2.0" -canonicalize | FileCheck %s --check-prefix=ADAMW
// RUN: aux-opt %s -auxact-append-optimizer="max-grad-norm=4.0" -canonicalize | FileCheck %s --check-prefix=CLIP
// RUN: aux-opt %s -auxact-append-optimizer="optimizer=adam weight-decay=0.125" -canonicalize | FileCheck %s --check-prefix=ADAM
// RUN: aux-opt %s -auxact-append-optimizer="average-decay=0.75" -canonicalize | FileCheck %s --check-prefix=AVERAGE

// Gradients are gone, parameters are replaced, and what replaced a rule's state
// still does.

// SGD-LABEL: func @step(
// SGD-SAME: %[[W:[^ ,:]*]]: tensor<8x4xf32> {auxact.parameter = "w", auxact.replaced_by = 2 : i64}
// SGD-SAME: %[[B:[^ ,:]*]]: tensor<8xf32> {auxact.parameter = "b", auxact.replaced_by = 3 : i64}
// SGD-SAME: %{{.*}}: tensor<4xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 1 : i64, auxact.state = "0.mean"}
// SGD-SAME: %[[GW:[^ ,:]*]]: tensor<8x4xf32>
// SGD-SAME: %[[GB:[^ ,:]*]]: tensor<8xf32>
// SGD-SAME: %[[LR:[^ ,:]*]]: tensor<f32> {auxact.scalar = "lr"})
// SGD-SAME: -> (tensor<f32> {auxact.output = "loss"}, tensor<4xf32>, tensor<8x4xf32>, tensor<8xf32>)
// SGD: %[[NW:.*]] = linalg.generic {{.*}}["parallel", "parallel"]} ins(%[[W]], %[[GW]], %[[LR]]
// SGD-NEXT: ^bb0(%[[P:[^ ,:]*]]: f32, %[[G:[^ ,:]*]]: f32, %[[RATE:[^ ,:]*]]: f32, %{{.*}}: f32):
// SGD-NEXT: %[[STEP:.*]] = arith.mulf %[[RATE]], %[[G]]
// SGD-NEXT: %[[NEW:.*]] = arith.subf %[[P]], %[[STEP]]
// SGD-NEXT: linalg.yield %[[NEW]]
// SGD: %[[NB:.*]] = linalg.generic {{.*}}["parallel"]} ins(%[[B]], %[[GB]], %[[LR]]
// SGD: return %{{.*}}, %{{.*}}, %[[NW]], %[[NB]]

// Torch's order: decay joins the gradient before the buffer does.

// MOMENTUM-LABEL: func @step(
// MOMENTUM-SAME: {auxact.parameter = "w", auxact.replaced_by = 2 : i64}
// MOMENTUM-SAME: {auxact.parameter = "b", auxact.replaced_by = 4 : i64}
// MOMENTUM-SAME: %[[M:[^ ,:]*]]: tensor<8x4xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 3 : i64, auxact.state = "w.momentum_buffer"}
// MOMENTUM-SAME: tensor<8xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 5 : i64, auxact.state = "b.momentum_buffer"}
// MOMENTUM-DAG: %[[DECAY:.*]] = arith.constant 2.500000e-01 : f32
// MOMENTUM-DAG: %[[MU:.*]] = arith.constant 5.000000e-01 : f32
// MOMENTUM: %[[R:.*]]:2 = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}}, %[[M]] :
// MOMENTUM-NEXT: ^bb0(%[[P:[^ ,:]*]]: f32, %[[G:[^ ,:]*]]: f32, %[[RATE:[^ ,:]*]]: f32, %[[OLD:[^ ,:]*]]: f32, %{{.*}}: f32, %{{.*}}: f32):
// MOMENTUM-NEXT: %[[D:.*]] = arith.mulf %[[P]], %[[DECAY]]
// MOMENTUM-NEXT: %[[GD:.*]] = arith.addf %[[G]], %[[D]]
// MOMENTUM-NEXT: %[[KEPT:.*]] = arith.mulf %[[OLD]], %[[MU]]
// MOMENTUM-NEXT: %[[BUF:.*]] = arith.addf %[[KEPT]], %[[GD]]
// MOMENTUM-NEXT: %[[STEP:.*]] = arith.mulf %[[RATE]], %[[BUF]]
// MOMENTUM-NEXT: %[[NEW:.*]] = arith.subf %[[P]], %[[STEP]]
// MOMENTUM-NEXT: linalg.yield %[[NEW]], %[[BUF]]
// MOMENTUM: return %{{.*}}, %{{.*}}, %[[R]]#0, %[[R]]#1,

// NESTEROV-LABEL: func @step(
// NESTEROV: %[[MU:.*]] = arith.constant 5.000000e-01 : f32
// NESTEROV: linalg.generic
// NESTEROV-NEXT: ^bb0(%{{.*}}: f32, %[[G:[^ ,:]*]]: f32, %[[RATE:[^ ,:]*]]: f32, %[[OLD:[^ ,:]*]]: f32, %{{.*}}: f32, %{{.*}}: f32):
// NESTEROV-NEXT: %[[KEPT:.*]] = arith.mulf %[[OLD]], %[[MU]]
// NESTEROV-NEXT: %[[BUF:.*]] = arith.addf %[[KEPT]], %[[G]]
// NESTEROV-NEXT: %[[AHEAD:.*]] = arith.mulf %[[BUF]], %[[MU]]
// NESTEROV-NEXT: %[[DIR:.*]] = arith.addf %[[G]], %[[AHEAD]]
// NESTEROV-NEXT: arith.mulf %[[RATE]], %[[DIR]]

// What depends on the step alone is computed once, in double precision.

// ADAMW-LABEL: func @step(
// ADAMW-SAME: %[[LR:[^ ,:]*]]: tensor<f32> {auxact.scalar = "lr"}
// ADAMW-SAME: %[[T:[^ ,:]*]]: tensor<f32> {auxact.scalar = "step"}
// ADAMW-SAME: %[[M:[^ ,:]*]]: tensor<8x4xf32> {{{[^}]*}}auxact.state = "w.exp_avg"}
// ADAMW-SAME: %[[V:[^ ,:]*]]: tensor<8x4xf32> {{{[^}]*}}auxact.state = "w.exp_avg_sq"}
// ADAMW-DAG: %[[EPS:.*]] = arith.constant 2.0{{.*}} : f32
// ADAMW-DAG: %[[BETA2:.*]] = arith.constant 7.5{{.*}} : f32
// ADAMW-DAG: %[[WD:.*]] = arith.constant 1.250000e-01 : f64
// ADAMW: %[[S:.*]]:3 = linalg.generic {{.*}}iterator_types = []} ins(%[[LR]], %[[T]]
// ADAMW: %[[RATE:.*]] = arith.extf
// ADAMW: arith.mulf %[[RATE]], %[[WD]] : f64
// ADAMW: math.sqrt %{{.*}} : f64
// ADAMW: linalg.generic {{.*}}["parallel", "parallel"]} ins(%{{.*}}, %{{.*}}, %[[M]], %[[V]], %[[S]]#0, %[[S]]#1, %[[S]]#2
// ADAMW-NEXT: ^bb0(%[[P:[^ ,:]*]]: f32, %[[G:[^ ,:]*]]: f32, %[[OLDM:[^ ,:]*]]: f32, %[[OLDV:[^ ,:]*]]: f32, %[[KEEP:[^ ,:]*]]: f32, %[[SIZE:[^ ,:]*]]: f32, %[[ROOT:[^ ,:]*]]: f32, %{{.*}}
// ADAMW: arith.subf %[[G]], %[[OLDM]]
// ADAMW: %[[NEWM:.*]] = arith.addf %[[OLDM]]
// ADAMW: arith.mulf %[[OLDV]], %[[BETA2]]
// ADAMW: %[[NEWV:.*]] = arith.addf
// ADAMW: %[[SQRT:.*]] = math.sqrt %[[NEWV]]
// ADAMW: %[[SCALED:.*]] = arith.mulf %[[SQRT]], %[[ROOT]]
// ADAMW: %[[DEN:.*]] = arith.addf %[[SCALED]], %[[EPS]]
// ADAMW: %[[RATIO:.*]] = arith.divf %[[NEWM]], %[[DEN]]
// ADAMW: arith.mulf %[[SIZE]], %[[RATIO]]
// ADAMW: arith.mulf %[[P]], %[[KEEP]]
// ADAMW: linalg.yield %{{.*}}, %[[NEWM]], %[[NEWV]]

// Adam's own decay joins the gradient; nothing is taken off the parameter.

// ADAM-LABEL: func @step(
// ADAM-DAG: %[[WD:.*]] = arith.constant 1.250000e-01 : f32
// ADAM: %[[S:.*]]:2 = linalg.generic {{.*}}iterator_types = []}
// ADAM: linalg.generic {{.*}}["parallel", "parallel"]} ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %[[S]]#0, %[[S]]#1
// ADAM-NEXT: ^bb0(%[[P:[^ ,:]*]]: f32, %[[G:[^ ,:]*]]: f32, %[[OLDM:[^ ,:]*]]: f32, %{{.*}}
// ADAM: %[[DECAY:.*]] = arith.mulf %[[P]], %[[WD]]
// ADAM: %[[GD:.*]] = arith.addf %[[G]], %[[DECAY]]
// ADAM: arith.subf %[[GD]], %[[OLDM]]
// ADAM: %[[RATIO:.*]] = arith.divf
// ADAM: %[[STEP:.*]] = arith.mulf %{{.*}}, %[[RATIO]]
// ADAM: arith.subf %[[P]], %[[STEP]]

// The average sees the new parameter, in the same kernel.

// AVERAGE-LABEL: func @step(
// AVERAGE-SAME: %[[A:[^ ,:]*]]: tensor<8x4xf32> {auxact.init = 0.000000e+00 : f32, auxact.replaced_by = 3 : i64, auxact.state = "w.ema"}
// AVERAGE-DAG: %[[D:.*]] = arith.constant 7.500000e-01 : f32
// AVERAGE-DAG: %[[REST:.*]] = arith.constant 2.500000e-01 : f32
// AVERAGE: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}}, %[[A]]
// AVERAGE-NEXT: ^bb0(%{{[^ ,:]*}}: f32, %{{[^ ,:]*}}: f32, %{{[^ ,:]*}}: f32, %[[OLD:[^ ,:]*]]: f32,
// AVERAGE: %[[NEW:.*]] = arith.subf
// AVERAGE-DAG: %[[KEPT:.*]] = arith.mulf %[[OLD]], %[[D]]
// AVERAGE-DAG: %[[PART:.*]] = arith.mulf %[[NEW]], %[[REST]]
// AVERAGE: %[[AVERAGE:.*]] = arith.addf %[[KEPT]], %[[PART]]
// AVERAGE: linalg.yield %[[NEW]], %[[AVERAGE]]

// One norm for all gradients; every gradient is scaled before its update.

// CLIP-LABEL: func @step(
// CLIP-SAME: %[[GW:[^ ,:]*]]: tensor<8x4xf32> {auxact.input = "gw"}, %[[GB:[^ ,:]*]]: tensor<8xf32> {auxact.input = "gb"}
// CLIP-DAG: %[[MAX:.*]] = arith.constant 4.0{{.*}} : f32
// CLIP-DAG: %[[ONE:.*]] = arith.constant 1.0{{.*}} : f32
// CLIP-DAG: %[[SMALL:.*]] = arith.constant 9.99999997E-7 : f32
// CLIP: linalg.generic {{.*}}["parallel", "reduction"]} ins(%[[GW]]
// CLIP: %[[SW:.*]] = linalg.generic {{.*}}["reduction"]}
// CLIP: %[[SB:.*]] = linalg.generic {{.*}}["reduction"]} ins(%[[GB]]
// CLIP: %[[C:.*]] = linalg.generic {{.*}}iterator_types = []} ins(%[[SW]], %[[SB]]
// CLIP: %[[NORM:.*]] = math.sqrt
// CLIP: %[[SUM:.*]] = arith.addf %[[NORM]], %[[SMALL]]
// CLIP: %[[RATIO:.*]] = arith.divf %[[MAX]], %[[SUM]]
// CLIP: arith.minimumf %[[RATIO]], %[[ONE]]
// CLIP: %[[CW:.*]] = linalg.generic {{.*}} ins(%[[GW]], %[[C]]
// CLIP: %[[CB:.*]] = linalg.generic {{.*}} ins(%[[GB]], %[[C]]
// CLIP: linalg.generic {{.*}} ins(%{{.*}}, %[[CW]], %{{.*}} :
// CLIP: linalg.generic {{.*}} ins(%{{.*}}, %[[CB]], %{{.*}} :
func.func @step(%l: tensor<f32> {auxact.input = "l"},
                %w: tensor<8x4xf32> {auxact.parameter = "w"}, %b: tensor<8xf32> {auxact.parameter = "b"},
                %mean: tensor<4xf32> {auxact.state = "0.mean", auxact.init = 0.0 : f32, auxact.replaced_by = 3 : i64},
                %gw: tensor<8x4xf32> {auxact.input = "gw"}, %gb: tensor<8xf32> {auxact.input = "gb"})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<8x4xf32> {auxact.output = "gradient:w"},
        tensor<8xf32> {auxact.output = "gradient:b"}, tensor<4xf32>) {
  return %l, %gw, %gb, %mean : tensor<f32>, tensor<8x4xf32>, tensor<8xf32>, tensor<4xf32>
}
