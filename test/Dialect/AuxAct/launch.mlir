// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

func.func private @kernel_0(%x: tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x4xi8>) attributes {auxact.kernel}

// Before planning a launch has values only; after it, places for them.
// CHECK-LABEL: func.func @launch
//  CHECK-SAME:   (%[[X:.*]]: tensor<4x8xf32>)
//       CHECK:   %[[H:.*]]:2 = auxact.launch @kernel_0(%[[X]]) : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x4xi8>)
//       CHECK:   auxact.launch @kernel_0(%[[H]]#0)
//  CHECK-SAME:     {layer = "0", placements = [#auxact.place<state, "0.weight">, #auxact.place<arena, 4096>], workspace = 128 : i64}
func.func @launch(%x: tensor<4x8xf32>) -> tensor<4x4xi8> {
  %h, %b = auxact.launch @kernel_0(%x) : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x4xi8>)
  %g, %c = auxact.launch @kernel_0(%h)
    {layer = "0", placements = [#auxact.place<state, "0.weight">, #auxact.place<arena, 4096>], workspace = 128 : i64}
    : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x4xi8>)
  return %c : tensor<4x4xi8>
}
