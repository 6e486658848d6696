// RUN: aux-opt %s -verify-diagnostics -split-input-file

// One index a row.
func.func @count(%d: tensor<4x8xf32>, %i: tensor<5xi32>) -> tensor<10x8xf32> {
  // expected-error @+1 {{expects a list of 4 indices, one a row of 'tensor<4x8xf32>', but they are 'tensor<5xi32>'}}
  %g = auxact.scatter_rows %d, %i : (tensor<4x8xf32>, tensor<5xi32>) -> tensor<10x8xf32>
  return %g : tensor<10x8xf32>
}

// -----

// Columns stay.
func.func @columns(%d: tensor<4x8xf32>, %i: tensor<4xi32>) -> tensor<10x9xf32> {
  // expected-error @+1 {{expects a result with the columns of 'tensor<4x8xf32>', but it is 'tensor<10x9xf32>'}}
  %g = auxact.scatter_rows %d, %i : (tensor<4x8xf32>, tensor<4xi32>) -> tensor<10x9xf32>
  return %g : tensor<10x9xf32>
}

// -----

func.func @rows(%d: tensor<2x2x8xf32>, %i: tensor<4xi32>) -> tensor<10x8xf32> {
  // expected-error @+1 {{expects rows of a matrix, but they are 'tensor<2x2x8xf32>'}}
  %g = auxact.scatter_rows %d, %i : (tensor<2x2x8xf32>, tensor<4xi32>) -> tensor<10x8xf32>
  return %g : tensor<10x8xf32>
}
