// RUN: aux-opt %s -auxact-verify-kernels -split-input-file -verify-diagnostics

#id = affine_map<(i, j) -> (i, j)>

// What the code generator lowers: an elementwise body, bits packed beside it.
func.func @accepted(%x: tensor<64x100xf32>) -> (tensor<64x100xf32>, tensor<64x16xi8>) attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x100xf32>
  %p = tensor.empty() : tensor<64x100xi1>
  %y:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x100xf32>) outs(%e, %p : tensor<64x100xf32>, tensor<64x100xi1>) {
  ^bb0(%a: f32, %o: f32, %q: i1):
    %b = arith.maximumf %a, %zero : f32
    %c = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b, %c : f32, i1
  } -> (tensor<64x100xf32>, tensor<64x100xi1>)
  %z = auxact.pack_bits %y#1 : tensor<64x100xi1> -> tensor<64x16xi8>
  return %y#0, %z : tensor<64x100xf32>, tensor<64x16xi8>
}

// -----

// A function without the mark is none of its business.
func.func @unmarked(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}

// -----

// Sizes are known when kernels are compiled.
// expected-error @+1 {{kernels need static shapes, but here is 'tensor<?x100xf32>'; compile one kernel per shape}}
func.func @dynamic(%x: tensor<?x100xf32>) -> tensor<?x100xf32> attributes {auxact.kernel} {
  return %x : tensor<?x100xf32>
}

// -----

// An encoding that is left would be dropped, and the full tensor allocated.
// expected-error @+1 {{the encoding of 'tensor<64x100xi1, #auxact.bits>' was not lowered; run -convert-auxact-to-linalg first}}
func.func @encoded(%x: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xi1, #auxact.bits> attributes {auxact.kernel} {
  return %x : tensor<64x100xi1, #auxact.bits>
}

// -----

// Layers are gone by then.
func.func @layer(%x: tensor<64x100xf32>) -> tensor<64x100xf32> attributes {auxact.kernel} {
  // expected-error @+1 {{'auxact.relu' is not supported in a kernel; it holds linalg generics, fills, affine_view, gather_rows, pack_bits, unpack_bits and constants, or one standalone operation}}
  %y = auxact.relu %x : tensor<64x100xf32>
  return %y : tensor<64x100xf32>
}

// -----

// A table of weights is an argument, not a part of the code.
func.func @constant(%x: tensor<2xf32>) -> tensor<2xf32> attributes {auxact.kernel} {
  // expected-error @+1 {{a kernel holds only splat constants; pass other tensors as arguments}}
  %c = arith.constant dense<[1.0, 2.0]> : tensor<2xf32>
  return %c : tensor<2xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#result = affine_map<(m, n, k) -> (m, n)>

// A contraction that adds to what is there already.
func.func @accumulates(%x: tensor<8x16xf32>, %w: tensor<4x16xf32>, %y: tensor<8x4xf32>) -> tensor<8x4xf32> attributes {auxact.kernel} {
  // expected-error @+1 {{a contraction starts from a zero fill; add other terms in a generic after it}}
  %z = linalg.generic {indexing_maps = [#row, #column, #result], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x16xf32>, tensor<4x16xf32>) outs(%y : tensor<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  return %z : tensor<8x4xf32>
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#column = affine_map<(m, n, k) -> (n, k)>
#result = affine_map<(m, n, k) -> (m, n)>

// Arithmetic that belongs to a factor has a generic of its own.
func.func @body(%x: tensor<8x16xf32>, %w: tensor<4x16xf32>) -> tensor<8x4xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<8x4xf32>
  %y = linalg.fill ins(%zero : f32) outs(%e : tensor<8x4xf32>) -> tensor<8x4xf32>
  // expected-error @+1 {{the body of a contraction must be a multiplication and an addition, of factors in f32 or extended from bf16; move other arithmetic into a generic before or after it}}
  %z = linalg.generic {indexing_maps = [#row, #column, #result], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<8x16xf32>, tensor<4x16xf32>) outs(%y : tensor<8x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %n = arith.negf %a : f32
    %p = arith.mulf %n, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<8x4xf32>
  return %z : tensor<8x4xf32>
}

// -----

func.func @half_sums(%a: tensor<4x8xbf16>) -> tensor<4x8xbf16> attributes {auxact.kernel} {
  %empty = tensor.empty() : tensor<4x8xbf16>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<4x8xbf16>) outs(%empty : tensor<4x8xbf16>) {
  ^bb0(%i: bf16, %o: bf16):
    // expected-error @+1 {{computes in bf16; extend to f32 before and truncate after it}}
    %v = arith.addf %i, %i : bf16
    linalg.yield %v : bf16
  } -> tensor<4x8xbf16>
  return %y : tensor<4x8xbf16>
}

// -----

// A reduction over more than the last dimension but one.
func.func @two_inside(%x: tensor<2x3x4x5xf32>) -> tensor<2x4x5xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x5xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x5xf32>) -> tensor<2x4x5xf32>
  // expected-error @+1 {{a reduction has exactly one reduced loop, and at most one parallel loop before it and one after it; collapse the others into them, or reduce one dimension after the other}}
  %r = linalg.generic {indexing_maps = [affine_map<(p, r, s, q) -> (p, r, s, q)>, affine_map<(p, r, s, q) -> (p, s, q)>], iterator_types = ["parallel", "reduction", "parallel", "parallel"]}
      ins(%x : tensor<2x3x4x5xf32>) outs(%f : tensor<2x4x5xf32>) {
  ^bb0(%i: f32, %o: f32):
    %v = arith.addf %o, %i : f32
    linalg.yield %v : f32
  } -> tensor<2x4x5xf32>
  return %r : tensor<2x4x5xf32>
}

// -----

// A batch that no factor has.
func.func @no_batch(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>) -> tensor<2x4x6xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<2x4x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  // expected-error @+1 {{the maps of a contraction are (m, k) or (k, m), (k, n) or (n, k), and (m, n), with the batch before them where there is one, but here they are}}
  %r = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (m, k)>, affine_map<(b, m, n, k) -> (k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>], iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %b : tensor<4x5xf32>, tensor<5x6xf32>) outs(%f : tensor<2x4x6xf32>) {
  ^bb0(%l: f32, %q: f32, %o: f32):
    %p = arith.mulf %l, %q : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  } -> tensor<2x4x6xf32>
  return %r : tensor<2x4x6xf32>
}
