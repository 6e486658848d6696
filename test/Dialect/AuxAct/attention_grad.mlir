// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @grad
//       CHECK:   %{{.*}}, %{{.*}}, %{{.*}} = auxact.attention_grad %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {causal, heads = 8 : i64, scale = 1.250000e-01 : f32}
//  CHECK-SAME:     -> (tensor<4x20x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>)
func.func @grad(%q: tensor<4x20x64xf32>, %k: tensor<4x25x64xf32>, %v: tensor<4x25x64xf32>, %o: tensor<4x20x64xf32>, %l: tensor<4x8x20xf32>,
                %g: tensor<4x20x64xf32>, %n: tensor<4xi32>) -> (tensor<4x20x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>) {
  %dq, %dk, %dv = auxact.attention_grad %q, %k, %v, %o, %l, %g, %n {heads = 8 : i64, scale = 0.125 : f32, causal}
      : (tensor<4x20x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>, tensor<4x20x64xf32>, tensor<4x8x20xf32>, tensor<4x20x64xf32>, tensor<4xi32>)
      -> (tensor<4x20x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>)
  return %dq, %dk, %dv : tensor<4x20x64xf32>, tensor<4x25x64xf32>, tensor<4x25x64xf32>
}
