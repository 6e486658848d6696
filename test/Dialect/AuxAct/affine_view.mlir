// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-DAG: #[[$SLICE:.*]] = affine_map<(d0, d1) -> (d0, d1 + 1)>
// CHECK-DAG: #[[$SET:.*]] = affine_set<(d0, d1) : (d1 - 1 >= 0, -d1 + 4 >= 0)>
// CHECK-DAG: #[[$WINDOW:.*]] = affine_map<(d0, d1) -> (d0 floordiv 8 + d1 floordiv 3 - 1, d0 mod 8 + d1 mod 3 - 1)>

// CHECK-LABEL: func.func @slice
//       CHECK:   auxact.affine_view %{{.*}} at #[[$SLICE]] where #[[$SET]] : tensor<3x8xf32> -> tensor<3x6xf32>
func.func @slice(%x: tensor<3x8xf32>) -> tensor<3x6xf32> {
  %v = auxact.affine_view %x at affine_map<(d0, d1) -> (d0, d1 + 1)> where affine_set<(d0, d1) : (d1 - 1 >= 0, 4 - d1 >= 0)> : tensor<3x8xf32> -> tensor<3x6xf32>
  return %v : tensor<3x6xf32>
}

// Indices in another shape than that of the input.
// CHECK-LABEL: func.func @window
//       CHECK:   auxact.affine_view %{{.*}} as [8, 8] at #[[$WINDOW]] : tensor<64xi1> -> tensor<64x9xi1>
func.func @window(%x: tensor<64xi1>) -> tensor<64x9xi1> {
  %v = auxact.affine_view %x as [8, 8] at affine_map<(d0, d1) -> (d0 floordiv 8 + d1 floordiv 3 - 1, d0 mod 8 + d1 mod 3 - 1)> : tensor<64xi1> -> tensor<64x9xi1>
  return %v : tensor<64x9xi1>
}
