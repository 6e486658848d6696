// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// Every rule on a layer, with each of its keys.
// CHECK-LABEL: func.func @rules
func.func @rules(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // CHECK: rule = #auxact.exact}
  %0 = auxact.linear %x, %w {rule = #auxact.exact} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // The defaults are printed.
  // CHECK: rule = #auxact.sign<epsilon = 1.000000e-02, gain = 1.000000e+02>}
  %1 = auxact.linear %0, %w {rule = #auxact.sign} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.sign<epsilon = 5.000000e-01, gain = 2.000000e+00>}
  %2 = auxact.linear %1, %w {rule = #auxact.sign<gain = 2.0, epsilon = 0.5>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.sign<epsilon = 1.000000e-02, gain = mean_abs>}
  %3 = auxact.linear %2, %w {rule = #auxact.sign<epsilon = 0.01, gain = mean_abs>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.sign<center, scale = ratio>}
  %4 = auxact.linear %3, %w {rule = #auxact.sign<center>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.sign<center, scale = least_squares>}
  %5 = auxact.linear %4, %w {rule = #auxact.sign<center, scale = least_squares>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.recompute}
  %6 = auxact.linear %5, %w {rule = #auxact.recompute} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // A residual rule that names its layer gets the tensor when rules are assigned.
  // CHECK: rule = #auxact.residual<from = "1.0">}
  %7 = auxact.linear %6, %w {rule = #auxact.residual<from = "1.0">} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: %[[R:.*]] = auxact.relu
  %8 = auxact.relu %7 : tensor<4x8xf32>
  // CHECK: auxact.linear %[[R]], %{{.*}} {rule = #auxact.sign<epsilon = 1.000000e-02, gain = 1.000000e+02, nonnegative>}
  %9 = auxact.linear %8, %w {rule = #auxact.sign<nonnegative>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %9 : tensor<4x8xf32>
}

// Rules of a few bits, rotated and fitted ones.
// CHECK-LABEL: func.func @forms
func.func @forms(%x: tensor<4x8xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  // CHECK: rule = #auxact.sign<center, rotate = 32>}
  %0 = auxact.linear %x, %w {rule = #auxact.sign<center, rotate = 32>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.quantized<8>}
  %1 = auxact.linear %0, %w {rule = #auxact.quantized<8>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.quantized<4, group = 16, stochastic>}
  %2 = auxact.linear %1, %w {rule = #auxact.quantized<4, stochastic, group = 16>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.quantized<2, rotate = 16>}
  %3 = auxact.linear %2, %w {rule = #auxact.quantized<2, rotate = 16>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.average<4, group = 8>}
  %4 = auxact.linear %3, %w {rule = #auxact.average<4, group = 8>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: rule = #auxact.residual<from = "1.0", fit>}
  %5 = auxact.linear %4, %w {rule = #auxact.residual<fit, from = "1.0">} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  // CHECK: aux(%{{.*}}) {rule = #auxact.residual<fit>}
  %6 = auxact.linear %5, %w aux(%x) {rule = #auxact.residual<fit>} : (tensor<4x8xf32>, tensor<8x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: auxact.saved_as = #auxact.derivative_table<2>
  %7 = auxact.gelu %6 {auxact.saved_as = #auxact.derivative_table<2>} : tensor<4x8xf32>
  return %7 : tensor<4x8xf32>
}

// A sum and a view of non-negative tensors are non-negative, which proves `nonnegative`.
// CHECK-LABEL: func.func @proved_non_negative
func.func @proved_non_negative(%x: tensor<4x2x4xf32>, %w: tensor<8x8xf32>) -> tensor<4x8xf32> {
  %0 = auxact.relu %x : tensor<4x2x4xf32>
  %1 = auxact.reshape %0 : tensor<4x2x4xf32> -> tensor<4x8xf32>
  %2 = auxact.add %1, %1 : tensor<4x8xf32>
  // CHECK: nonnegative
  %3 = auxact.linear %2, %w {rule = #auxact.sign<nonnegative>} : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %3 : tensor<4x8xf32>
}
