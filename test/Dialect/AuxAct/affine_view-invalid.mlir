// RUN: aux-opt %s -verify-diagnostics -split-input-file

func.func @element(%x: tensor<4x8xf32>) -> tensor<4x8xi32> {
  // expected-error @+1 {{expects a result of element type 'f32', but it is 'i32'}}
  %v = auxact.affine_view %x at affine_map<(d0, d1) -> (d0, d1)> : tensor<4x8xf32> -> tensor<4x8xi32>
  return %v : tensor<4x8xi32>
}

// -----

func.func @scalar(%x: tensor<f32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects tensors of at least one dimension}}
  %v = auxact.affine_view %x at affine_map<(d0) -> ()> : tensor<f32> -> tensor<4xf32>
  return %v : tensor<4xf32>
}

// -----

func.func @encoded(%x: tensor<4x8xi1, #auxact.bits>) -> tensor<4x8xi1> {
  // expected-error @+1 {{expects plain tensors}}
  %v = auxact.affine_view %x at affine_map<(d0, d1) -> (d0, d1)> : tensor<4x8xi1, #auxact.bits> -> tensor<4x8xi1>
  return %v : tensor<4x8xi1>
}

// -----

func.func @elements(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects `as` a shape of 32 elements, as 'tensor<4x8xf32>' has, but it is [4, 9]}}
  %v = auxact.affine_view %x as [4, 9] at affine_map<(d0) -> (d0, 0)> : tensor<4x8xf32> -> tensor<4xf32>
  return %v : tensor<4xf32>
}

// -----

func.func @map(%x: tensor<4x8xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects a map from 1 dimensions to 2 indices, but it is affine_map<(d0, d1) -> (d0, d1)>}}
  %v = auxact.affine_view %x at affine_map<(d0, d1) -> (d0, d1)> : tensor<4x8xf32> -> tensor<4xf32>
  return %v : tensor<4xf32>
}

// -----

func.func @symbol(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects a map from 1 dimensions to 1 indices, but it is affine_map<(d0)[s0] -> (d0 + s0)>}}
  %v = auxact.affine_view %x at affine_map<(d0)[s0] -> (d0 + s0)> : tensor<4xf32> -> tensor<4xf32>
  return %v : tensor<4xf32>
}

// -----

func.func @set(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{expects a set over 1 dimensions, but it is affine_set<(d0, d1) : (d0 - d1 >= 0)>}}
  %v = auxact.affine_view %x at affine_map<(d0) -> (d0)> where affine_set<(d0, d1) : (d0 - d1 >= 0)> : tensor<4xf32> -> tensor<4xf32>
  return %v : tensor<4xf32>
}
