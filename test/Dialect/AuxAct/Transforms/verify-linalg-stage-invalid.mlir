// RUN: aux-opt %s -auxact-verify-linalg-stage -split-input-file -verify-diagnostics

// A layer that is left.
func.func @f(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error@below {{is left at the linalg stage; expected linalg.generic, linalg.fill}}
  %y = auxact.relu %x : tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// An encoding that is left.
// expected-error@below {{expects no encoded tensor at the linalg stage, but one is 'tensor<4x8xi1, #auxact.bits>'; its bytes would be lost in bufferization}}
func.func @f(%x: tensor<4x8xi1, #auxact.bits>) {
  return
}

// -----

// expected-error@below {{expects tensors of a fixed shape at the linalg stage, but one is 'tensor<?xf32>'}}
func.func @f(%x: tensor<?xf32>) {
  return
}

// -----

// Double precision is for single numbers.
// expected-error@below {{expects elements of type f32, bf16, i1, i2, i4, i8, i32 or i64 (f64 in rank 0) at the linalg stage, but one tensor is 'tensor<4xf64>'}}
func.func @f(%x: tensor<4xf64>) {
  return
}

// -----

// A body that is no arithmetic.
func.func @f(%x: tensor<4xf32>, %t: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %i = linalg.index 0 : index
    // expected-error@below {{is no arithmetic on scalars; expected arith, math and linalg.index in the body of a linalg.generic}}
    %v = tensor.extract %t[%i] : tensor<4xf32>
    linalg.yield %v : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// An operand read off the grid.
func.func @f(%x: tensor<5xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error@below {{is elementwise, which expects operand maps that are projected permutations, but one is affine_map<(d0) -> (d0 + 1)>}}
  %r = linalg.generic {indexing_maps = [affine_map<(i) -> (i + 1)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<5xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A transposed result.
func.func @f(%x: tensor<4x5xf32>) -> tensor<5x4xf32> {
  %e = tensor.empty() : tensor<5x4xf32>
  // expected-error@below {{is elementwise, which expects results read at the identity, but one map is affine_map<(d0, d1) -> (d1, d0)>}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<4x5xf32>) outs(%e : tensor<5x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<5x4xf32>
  return %r : tensor<5x4xf32>
}

// -----

// Two dimensions reduced at once: their order would not be fixed.
func.func @f(%x: tensor<4x5xf32>, %e: tensor<f32>) -> tensor<f32> {
  // expected-error@below {{expects at most one reduced loop, but has 2}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> ()>], iterator_types = ["reduction", "reduction"]}
      ins(%x : tensor<4x5xf32>) outs(%e : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<f32>
  return %r : tensor<f32>
}

// -----

// A reduction over four loops.
func.func @f(%x: tensor<2x3x4x5xf32>, %e: tensor<2x4x5xf32>) -> tensor<2x4x5xf32> {
  // expected-error@below {{is a reduction, which expects at most one loop before the reduced one and one after it; collapse the others into them}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j, k, l) -> (i, j, k, l)>, affine_map<(i, j, k, l) -> (i, k, l)>], iterator_types = ["parallel", "reduction", "parallel", "parallel"]}
      ins(%x : tensor<2x3x4x5xf32>) outs(%e : tensor<2x4x5xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x4x5xf32>
  return %r : tensor<2x4x5xf32>
}

// -----

// Loops (b, m, n, k) without anything that depends on b but the result.
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>) -> tensor<2x4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  // expected-error@below {{has the loops of a contraction, (m, n, k), (b, m, n, k) or (m, n, b, k): its maps are not}}
  %r = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (m, k)>, affine_map<(b, m, n, k) -> (k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%i : tensor<2x4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x4x6xf32>
  return %r : tensor<2x4x6xf32>
}

// -----

// A sum over the batch with a factor that is the same for all of it.
func.func @f(%a: tensor<4x5xf32>, %b: tensor<2x5x6xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  // expected-error@below {{its maps are not (m, k) or (k, m), (k, n) or (n, k), (m, n), with b before them where there is one}}
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, b, k) -> (m, k)>, affine_map<(m, n, b, k) -> (b, k, n)>, affine_map<(m, n, b, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<2x5x6xf32>) outs(%i : tensor<4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A reduction that starts from what happens to be there.
func.func @f(%x: tensor<4x5xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  // expected-error@below {{is a reduction, which expects to start from a linalg.fill of a constant}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x5xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A reduction by a product.
func.func @f(%x: tensor<4x5xf32>) -> tensor<4xf32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %i = linalg.fill ins(%one : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  // expected-error@below {{is a reduction, which expects to combine by addf, maximumf or minimumf}}
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x5xf32>) outs(%i : tensor<4xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.mulf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// A contraction whose right operand is stored as the left one.
func.func @f(%a: tensor<4x5xf32>, %b: tensor<4x5xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  // expected-error@below {{has the loops of a contraction, (m, n, k), (b, m, n, k) or (m, n, b, k): its maps are not (m, k) or (k, m), (k, n) or (n, k), (m, n), with b before them where there is one}}
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<4x5xf32>) outs(%i : tensor<4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A contraction that starts from 1.
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>) -> tensor<4x6xf32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %i = linalg.fill ins(%one : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  // expected-error@below {{it does not start from a linalg.fill of 0}}
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%i : tensor<4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A contraction with more in its body.
func.func @f(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>) -> tensor<4x6xf32> {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x6xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x6xf32>) -> tensor<4x6xf32>
  // expected-error@below {{its body is not one mulf and one addf}}
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%i : tensor<4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %out: f32):
    %d = arith.subf %l, %q : f32
    %p = arith.mulf %d, %d : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<4x6xf32>
  return %r : tensor<4x6xf32>
}

// -----

// A table of values.
func.func @table() -> tensor<2xf32> {
  // expected-error @+1 {{holds a table of values, 'tensor<2xf32>', which kernels cannot; make it an argument marked auxact.buffer}}
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %c : tensor<2xf32>
}
