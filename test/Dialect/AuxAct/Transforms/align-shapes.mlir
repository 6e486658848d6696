// RUN: aux-opt %s -auxact-differentiate -convert-auxact-to-linalg -canonicalize -cse -auxact-align-shapes -canonicalize -cse -auxact-verify-linalg-stage | FileCheck %s
// RUN: aux-opt %s -auxact-differentiate -convert-auxact-to-linalg -canonicalize -cse -auxact-align-shapes -canonicalize -cse -auxact-form-kernels | FileCheck %s --check-prefix=KERNELS

// The relu between two layers over tokens is computed with the first, on
// (b, m, n), and so are the bits that the second keeps of it. No view of a matrix
// is left between them, and in the backward pass none before the mask.
// CHECK-LABEL: func @step(
// CHECK: %[[C:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
// CHECK-NOT: tensor.{{expand|collapse}}_shape
// CHECK: arith.maximumf
// CHECK: arith.cmpf ogt
// CHECK: auxact.pack_bits {{.*}} : tensor<4x5x8xi1> -> tensor<4x5x4xi8>
// CHECK: auxact.unpack_bits {{.*}} -> tensor<4x5x8xi1>

// The result of the first kernel is what the second layer multiplies, and bits.
// KERNELS: func.func private @kernel_0({{.*}}) -> (tensor<4x5x8xf32>, tensor<4x5x4xi8>)
func.func @step(%x: tensor<4x6x8xf32> {auxact.input = "x"}, %w: tensor<5x6xf32> {auxact.parameter = "w"},
                %b: tensor<5xf32> {auxact.parameter = "b"}, %v: tensor<3x5xf32> {auxact.parameter = "v"},
                %y: tensor<4x3x8xf32> {auxact.input = "y"}) -> (tensor<f32> {auxact.output = "loss"}) {
  %h = auxact.token_linear %x, %w, %b {name = "0"} : (tensor<4x6x8xf32>, tensor<5x6xf32>, tensor<5xf32>) -> tensor<4x5x8xf32>
  %r = auxact.relu %h {name = "1"} : tensor<4x5x8xf32>
  %z = auxact.token_linear %r, %v {name = "2", rule = #auxact.sign<>} : (tensor<4x5x8xf32>, tensor<3x5xf32>) -> tensor<4x3x8xf32>
  %l = auxact.mean_squared_error %z, %y : (tensor<4x3x8xf32>, tensor<4x3x8xf32>) -> tensor<f32>
  return %l : tensor<f32>
}

// Rows and columns keep their numbers where a body counts them.
// CHECK-LABEL: func @counted(
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel", "parallel"]}
// CHECK-DAG: %[[B:.*]] = linalg.index 0
// CHECK-DAG: %[[M:.*]] = linalg.index 1
// CHECK-DAG: %[[N:.*]] = linalg.index 2
// CHECK-DAG: %[[BASE:.*]] = arith.muli %[[B]], %{{.*}} : index
// CHECK-DAG: %[[ROW:.*]] = arith.addi %[[BASE]], %[[M]] : index
// CHECK: arith.addi %[[ROW]], %[[N]] : index
func.func @counted(%w: tensor<5x6xf32>, %x: tensor<4x6x8xf32>) -> tensor<20x8xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x5x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x5x8xf32>) -> tensor<4x5x8xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (m, k)>, affine_map<(b, m, n, k) -> (b, k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%w, %x : tensor<5x6xf32>, tensor<4x6x8xf32>) outs(%f : tensor<4x5x8xf32>) {
  ^bb0(%l: f32, %r: f32, %o: f32):
    %p = arith.mulf %l, %r : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x5x8xf32>
  %v = tensor.collapse_shape %c [[0, 1], [2]] : tensor<4x5x8xf32> into tensor<20x8xf32>
  %g = tensor.empty() : tensor<20x8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%v : tensor<20x8xf32>) outs(%g : tensor<20x8xf32>) {
  ^bb0(%in: f32, %o: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %n = arith.addi %i, %j : index
    %c32 = arith.index_cast %n : index to i32
    %number = arith.sitofp %c32 : i32 to f32
    %t = arith.mulf %in, %number : f32
    linalg.yield %t : f32
  } -> tensor<20x8xf32>
  return %y : tensor<20x8xf32>
}
