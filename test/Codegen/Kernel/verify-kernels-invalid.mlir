// RUN: aux-opt %s --auxact-verify-kernels --split-input-file --verify-diagnostics

// Shapes that are not known.
// expected-error @+1 {{kernels need static shapes, but here is 'tensor<?xf32>'}}
func.func @dynamic(%x: tensor<?xf32>) -> tensor<?xf32> attributes {auxact.kernel} {
  return %x : tensor<?xf32>
}

// -----

// An encoding would be dropped silently.
// expected-error @+1 {{was not lowered; run -convert-auxact-to-linalg first}}
func.func @encoded(%x: tensor<4x32xi1, #auxact.bits>) -> tensor<4x32xi1, #auxact.bits> attributes {auxact.kernel} {
  return %x : tensor<4x32xi1, #auxact.bits>
}

// -----

// A constant that is a table.
func.func @table(%x: tensor<4x8xf32>) -> tensor<8x4xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<8x4xf32>
  // expected-error @+1 {{a kernel holds only splat constants; pass other tensors as arguments}}
  %s = arith.constant dense<[8, 4]> : tensor<2xi32>
  %r = tensor.reshape %x(%s) : (tensor<4x8xf32>, tensor<2xi32>) -> tensor<8x4xf32>
  return %r : tensor<8x4xf32>
}

// -----

// A body with an operation that has no vector form.
func.func @body(%x: tensor<4xf32>) -> tensor<4xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      outs(%e : tensor<4xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    // expected-error @+1 {{'tensor.extract' has no vector form}}
    %v = tensor.extract %x[%i] : tensor<4xf32>
    linalg.yield %v : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// One-bit results have no bytes of their own.
// expected-error @+1 {{result 0 holds elements of 1 bit; store it through auxact.pack_bits}}
func.func @one_bit(%x: tensor<4xf32>) -> tensor<4xi1> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<4xi1>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xi1>) {
  ^bb0(%i: f32, %o: i1):
    %b = arith.cmpf ogt, %i, %i : f32
    linalg.yield %b : i1
  } -> tensor<4xi1>
  return %r : tensor<4xi1>
}

// -----

// A contraction that does not start from zero.
func.func @bias(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>, %c: tensor<4x4xf32>) -> tensor<4x4xf32> attributes {auxact.kernel} {
  // expected-error @+1 {{a contraction starts from a zero fill}}
  %r = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%c : tensor<4x4xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %z, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// -----

// A combiner that cannot be split over lanes.
func.func @combiner(%x: tensor<4x8xf32>) -> tensor<4xf32> attributes {auxact.kernel} {
  %zero = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  // expected-error @+1 {{result 0 must combine its accumulator by addf, maximumf or minimumf}}
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<4x8xf32>) outs(%f : tensor<4xf32>) {
  ^bb0(%i: f32, %o: f32):
    %s = arith.mulf %o, %i : f32
    linalg.yield %s : f32
  } -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// An operation that no emitter knows.
func.func @foreign(%x: tensor<4x8xf32>) -> tensor<32xf32> attributes {auxact.kernel} {
  // expected-error @+1 {{'tensor.collapse_shape' is not supported in a kernel}}
  %r = tensor.collapse_shape %x [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>
  return %r : tensor<32xf32>
}

// -----

// What a contraction makes is in registers; at other positions it is not there.
func.func @view_of_sum(%x: tensor<8x16xf32>, %w: tensor<4x16xf32>) -> tensor<4x8xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x4xf32>
  %y = linalg.fill ins(%zero : f32) outs(%e : tensor<8x4xf32>) -> tensor<8x4xf32>
  %z = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x16xf32>, tensor<4x16xf32>) outs(%y : tensor<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  // expected-error @+1 {{reads at other positions what its own kernel sums up; put it into another kernel}}
  %v = auxact.affine_view %z at affine_map<(d0, d1) -> (d1, d0)> : tensor<8x4xf32> -> tensor<4x8xf32>
  return %v : tensor<4x8xf32>
}
