// RUN: aux-opt %s -auxact-name-layers -mlir-print-debuginfo -mlir-print-local-scope | FileCheck %s

// CHECK-LABEL: func.func @names
func.func @names(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: auxact.relu {{.*}} loc("first"({{.*}}name-layers.mlir":[[@LINE+1]]
  %0 = auxact.relu %x {name = "first"} : tensor<4x8xf32>
  // Without a name: the operation and its number.
  // CHECK: auxact.gelu {{.*}} loc("gelu.1"(
  %1 = auxact.gelu %0 : tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}
