// RUN: aux-opt %s -split-input-file -convert-auxact-to-linalg -canonicalize -cse -auxact-form-kernels | FileCheck %s

// Two passes over a row and what is made of the row: one kernel.
// CHECK-LABEL: func.func private @kernel_0
//  CHECK-SAME:   -> tensor<32x16xf32>
// CHECK-COUNT-2: "reduction"
//   CHECK-NOT:   "reduction"
// CHECK-LABEL: func.func @layer_norm
//       CHECK:   auxact.launch @kernel_0(%{{.*}}, %{{.*}}, %{{.*}})
//   CHECK-NOT:   auxact.launch
//       CHECK:   return
func.func @layer_norm(%x: tensor<32x16xf32>, %w: tensor<16xf32>, %b: tensor<16xf32>) -> tensor<32x16xf32> {
  %0 = auxact.layer_norm %x weight(%w) bias(%b) : (tensor<32x16xf32>, tensor<16xf32>, tensor<16xf32>) -> tensor<32x16xf32>
  return %0 : tensor<32x16xf32>
}

// -----

// What a second normalisation reads is made once: it is in memory first.
// CHECK-LABEL: func.func @twice
// CHECK-COUNT-2: auxact.launch @kernel_0
//   CHECK-NOT:   auxact.launch
//       CHECK:   return
func.func @twice(%x: tensor<32x16xf32>) -> tensor<32x16xf32> {
  %0 = auxact.layer_norm %x : (tensor<32x16xf32>) -> tensor<32x16xf32>
  %1 = auxact.layer_norm %0 : (tensor<32x16xf32>) -> tensor<32x16xf32>
  return %1 : tensor<32x16xf32>
}

// -----

// What is seen under another shape is in memory first.
// CHECK-LABEL: func.func @through_a_view
// CHECK-COUNT-2: auxact.launch
//   CHECK-NOT:   auxact.launch
//       CHECK:   return
func.func @through_a_view(%x: tensor<32x16xf32>) -> tensor<16x32xf32> {
  %0 = auxact.softmax %x : tensor<32x16xf32>
  %1 = auxact.reshape %0 : tensor<32x16xf32> -> tensor<16x32xf32>
  %2 = auxact.softmax %1 : tensor<16x32xf32>
  return %2 : tensor<16x32xf32>
}

// -----

// Long columns are out of the cache by the second pass, which is a kernel of
// its own; the elements are a third, in the order of memory.
// CHECK-LABEL: func.func @long_columns
// CHECK-COUNT-3: auxact.launch
//   CHECK-NOT:   auxact.launch
//       CHECK:   return
func.func @long_columns(%x: tensor<4099x16xf32>, %m: tensor<16xf32>, %v: tensor<16xf32>) -> tensor<4099x16xf32> {
  %0:3 = auxact.batch_norm %x running(%m, %v) : (tensor<4099x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<4099x16xf32>, tensor<16xf32>, tensor<16xf32>)
  return %0#0 : tensor<4099x16xf32>
}

// -----

// 4096 rows are reduced in segments, of two passes each; these are put together
// by a kernel of two passes.
// CHECK-LABEL: func.func private @kernel_0
//       CHECK:   iterator_types = ["parallel", "reduction", "parallel"]
//       CHECK:   iterator_types = ["parallel", "reduction", "parallel"]
// CHECK-LABEL: func.func private @kernel_1
//       CHECK:   iterator_types = ["reduction", "parallel"]
//       CHECK:   iterator_types = ["reduction", "parallel"]
// CHECK-LABEL: func.func @segments
// CHECK-COUNT-3: auxact.launch
//   CHECK-NOT:   auxact.launch
//       CHECK:   return
func.func @segments(%x: tensor<4096x64xf32>, %m: tensor<64xf32>, %v: tensor<64xf32>) -> tensor<4096x64xf32> {
  %0:3 = auxact.batch_norm %x running(%m, %v) : (tensor<4096x64xf32>, tensor<64xf32>, tensor<64xf32>)
      -> (tensor<4096x64xf32>, tensor<64xf32>, tensor<64xf32>)
  return %0#0 : tensor<4096x64xf32>
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#column = affine_map<(d0, d1) -> (d1)>

// Sums of columns that read one tensor share its reading.
// CHECK-LABEL: func.func private @kernel_0
//  CHECK-SAME:   -> (tensor<16xf32>, tensor<16xf32>)
// CHECK-LABEL: func.func @side_by_side
//       CHECK:   auxact.launch @kernel_0
//   CHECK-NOT:   auxact.launch
//       CHECK:   return
func.func @side_by_side(%d: tensor<4099x16xf32>, %x: tensor<4099x16xf32>) -> (tensor<16xf32>, tensor<16xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<16xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<16xf32>) -> tensor<16xf32>
  %0 = linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%d : tensor<4099x16xf32>) outs(%init : tensor<16xf32>) {
  ^bb0(%a: f32, %s: f32):
    %t = arith.addf %s, %a : f32
    linalg.yield %t : f32
  } -> tensor<16xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%d, %x : tensor<4099x16xf32>, tensor<4099x16xf32>) outs(%init : tensor<16xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %t = arith.addf %s, %p : f32
    linalg.yield %t : f32
  } -> tensor<16xf32>
  return %0, %1 : tensor<16xf32>, tensor<16xf32>
}
