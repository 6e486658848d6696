// Contractions down to PTX, with the sign rule at both ends.

// RUN: aux-opt %s --auxact-gpu-pipeline=chip=sm_90a -split-input-file | FileCheck %s
// RUN: aux-opt %s --auxact-gpu-pipeline=chip=sm_80 -split-input-file | FileCheck %s
// RUN: aux-opt %s --auxact-gpu-pipeline=chip=sm_89 -split-input-file | FileCheck %s

// The producer: bias, relu and its bits after the sums, bits by ballots or
// shuffles; the weight is rounded to bf16 between load and store.
// CHECK-LABEL: gpu.binary @bf16_forward
// CHECK-DAG:     .extern .shared .align 1024
// CHECK-DAG:     .visible .entry bf16_forward
// CHECK-DAG:     cvt.rn.bf16x2.f32
// CHECK-DAG:     st.shared.v4.b32
// CHECK-DAG:     cp.async.cg.shared.global
// CHECK-DAG:     cp.async.wait_group
// CHECK-DAG:     bar.sync
// CHECK-DAG:     ldmatrix.sync.aligned.m8n8.x4.shared.b16
// CHECK-DAG:     mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-DAG:     shfl.sync.bfly.b32
func.func @bf16_forward_256_256_512(%x: tensor<256x512xbf16>, %w: tensor<256x512xf32>, %bias: tensor<256xf32>) -> (tensor<256x256xbf16>, tensor<256x32xi8>) attributes {auxact.kernel} {
  %w_rounded_empty = tensor.empty() : tensor<256x512xbf16>
  %w_rounded = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%w : tensor<256x512xf32>) outs(%w_rounded_empty : tensor<256x512xbf16>) {
  ^bb0(%i0: f32, %o0: bf16):
    %rounded = arith.truncf %i0 : f32 to bf16
    linalg.yield %rounded : bf16
  } -> tensor<256x512xbf16>
  %c_zero_empty = tensor.empty() : tensor<256x256xf32>
  %c_zero_value = arith.constant 0.0 : f32
  %c_zero = linalg.fill ins(%c_zero_value : f32) outs(%c_zero_empty : tensor<256x256xf32>) -> tensor<256x256xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w_rounded : tensor<256x512xbf16>, tensor<256x512xbf16>) outs(%c_zero : tensor<256x256xf32>) {
  ^bb0(%left_stored: bf16, %right_stored: bf16, %partial: f32):
    %left = arith.extf %left_stored : bf16 to f32
    %right = arith.extf %right_stored : bf16 to f32
    %product = arith.mulf %left, %right : f32
    %sum = arith.addf %partial, %product : f32
    linalg.yield %sum : f32
  } -> tensor<256x256xf32>
  %relu_empty = tensor.empty() : tensor<256x256xf32>
  %relu = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%c, %bias : tensor<256x256xf32>, tensor<256xf32>) outs(%relu_empty : tensor<256x256xf32>) {
  ^bb0(%i0: f32, %i1: f32, %o0: f32):
    %zero = arith.constant 0.0 : f32
    %v = arith.addf %i0, %i1 : f32
    %r = arith.maximumf %v, %zero : f32
    linalg.yield %r : f32
  } -> tensor<256x256xf32>
  %seen_empty = tensor.empty() : tensor<256x256xf32>
  %bit_empty = tensor.empty() : tensor<256x256xi1>
  %seen:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%relu : tensor<256x256xf32>) outs(%seen_empty, %bit_empty : tensor<256x256xf32>, tensor<256x256xi1>) {
  ^bb0(%i0: f32, %o0: f32, %o1: i1):
    %zero = arith.constant 0.0 : f32
    %high = arith.constant 0.01 : f32
    %low = arith.constant -0.01 : f32
    %bit = arith.cmpf ogt, %i0, %zero : f32
    %level = arith.select %bit, %high, %low : f32
    %seen = arith.addf %i0, %level : f32
    linalg.yield %seen, %bit : f32, i1
  } -> (tensor<256x256xf32>, tensor<256x256xi1>)
  %bits = auxact.pack_bits %seen#1 : tensor<256x256xi1> -> tensor<256x32xi8>
  %y_empty = tensor.empty() : tensor<256x256xbf16>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%seen#0 : tensor<256x256xf32>) outs(%y_empty : tensor<256x256xbf16>) {
  ^bb0(%i0: f32, %o0: bf16):
    %rounded = arith.truncf %i0 : f32 to bf16
    linalg.yield %rounded : bf16
  } -> tensor<256x256xbf16>
  return %y, %bits : tensor<256x256xbf16>, tensor<256x32xi8>
}

// -----

// The same where rows are odd: a ballot a word.
// CHECK-LABEL: gpu.binary @bf16_forward
// CHECK-DAG:     mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-DAG:     vote.sync.ballot.b32
func.func @bf16_forward_33_77_45(%x: tensor<33x45xbf16>, %w: tensor<77x45xf32>, %bias: tensor<77xf32>) -> (tensor<33x77xbf16>, tensor<33x12xi8>) attributes {auxact.kernel} {
  %w_rounded_empty = tensor.empty() : tensor<77x45xbf16>
  %w_rounded = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%w : tensor<77x45xf32>) outs(%w_rounded_empty : tensor<77x45xbf16>) {
  ^bb0(%i0: f32, %o0: bf16):
    %rounded = arith.truncf %i0 : f32 to bf16
    linalg.yield %rounded : bf16
  } -> tensor<77x45xbf16>
  %c_zero_empty = tensor.empty() : tensor<33x77xf32>
  %c_zero_value = arith.constant 0.0 : f32
  %c_zero = linalg.fill ins(%c_zero_value : f32) outs(%c_zero_empty : tensor<33x77xf32>) -> tensor<33x77xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x, %w_rounded : tensor<33x45xbf16>, tensor<77x45xbf16>) outs(%c_zero : tensor<33x77xf32>) {
  ^bb0(%left_stored: bf16, %right_stored: bf16, %partial: f32):
    %left = arith.extf %left_stored : bf16 to f32
    %right = arith.extf %right_stored : bf16 to f32
    %product = arith.mulf %left, %right : f32
    %sum = arith.addf %partial, %product : f32
    linalg.yield %sum : f32
  } -> tensor<33x77xf32>
  %relu_empty = tensor.empty() : tensor<33x77xf32>
  %relu = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%c, %bias : tensor<33x77xf32>, tensor<77xf32>) outs(%relu_empty : tensor<33x77xf32>) {
  ^bb0(%i0: f32, %i1: f32, %o0: f32):
    %zero = arith.constant 0.0 : f32
    %v = arith.addf %i0, %i1 : f32
    %r = arith.maximumf %v, %zero : f32
    linalg.yield %r : f32
  } -> tensor<33x77xf32>
  %seen_empty = tensor.empty() : tensor<33x77xf32>
  %bit_empty = tensor.empty() : tensor<33x77xi1>
  %seen:2 = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%relu : tensor<33x77xf32>) outs(%seen_empty, %bit_empty : tensor<33x77xf32>, tensor<33x77xi1>) {
  ^bb0(%i0: f32, %o0: f32, %o1: i1):
    %zero = arith.constant 0.0 : f32
    %high = arith.constant 0.01 : f32
    %low = arith.constant -0.01 : f32
    %bit = arith.cmpf ogt, %i0, %zero : f32
    %level = arith.select %bit, %high, %low : f32
    %seen = arith.addf %i0, %level : f32
    linalg.yield %seen, %bit : f32, i1
  } -> (tensor<33x77xf32>, tensor<33x77xi1>)
  %bits = auxact.pack_bits %seen#1 : tensor<33x77xi1> -> tensor<33x12xi8>
  %y_empty = tensor.empty() : tensor<33x77xbf16>
  %y = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%seen#0 : tensor<33x77xf32>) outs(%y_empty : tensor<33x77xbf16>) {
  ^bb0(%i0: f32, %o0: bf16):
    %rounded = arith.truncf %i0 : f32 to bf16
    linalg.yield %rounded : bf16
  } -> tensor<33x77xbf16>
  return %y, %bits : tensor<33x77xbf16>, tensor<33x12xi8>
}

// -----

// The weight gradient: no bit becomes a number before it is in the matrix
// instruction's registers.
// CHECK-LABEL: gpu.binary @bf16_gradient_bits
// CHECK-DAG:     ld.shared.b32
// CHECK-DAG:     -2147450880;
// CHECK-DAG:     xor.b32
// CHECK-DAG:     mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
func.func @bf16_gradient_bits_256_256_512(%delta: tensor<512x256xbf16>, %bits: tensor<512x32xi8>) -> (tensor<256x256xf32>) attributes {auxact.kernel} {
  %bit = auxact.unpack_bits %bits : tensor<512x32xi8> -> tensor<512x256xi1>
  %s_empty = tensor.empty() : tensor<512x256xbf16>
  %s = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%bit : tensor<512x256xi1>) outs(%s_empty : tensor<512x256xbf16>) {
  ^bb0(%i0: i1, %o0: bf16):
    %high = arith.constant 1.0 : bf16
    %low = arith.constant -1.0 : bf16
    %level = arith.select %i0, %high, %low : bf16
    linalg.yield %level : bf16
  } -> tensor<512x256xbf16>
  %c_zero_empty = tensor.empty() : tensor<256x256xf32>
  %c_zero_value = arith.constant 0.0 : f32
  %c_zero = linalg.fill ins(%c_zero_value : f32) outs(%c_zero_empty : tensor<256x256xf32>) -> tensor<256x256xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%delta, %s : tensor<512x256xbf16>, tensor<512x256xbf16>) outs(%c_zero : tensor<256x256xf32>) {
  ^bb0(%left_stored: bf16, %right_stored: bf16, %partial: f32):
    %left = arith.extf %left_stored : bf16 to f32
    %right = arith.extf %right_stored : bf16 to f32
    %product = arith.mulf %left, %right : f32
    %sum = arith.addf %partial, %product : f32
    linalg.yield %sum : f32
  } -> tensor<256x256xf32>
  %g_empty = tensor.empty() : tensor<256x256xf32>
  %g = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%c : tensor<256x256xf32>) outs(%g_empty : tensor<256x256xf32>) {
  ^bb0(%i0: f32, %o0: f32):
    %epsilon = arith.constant 0.01 : f32
    %scaled = arith.mulf %i0, %epsilon : f32
    linalg.yield %scaled : f32
  } -> tensor<256x256xf32>
  return %g : tensor<256x256xf32>
}

// -----

// tf32, from bits.
// CHECK-LABEL: gpu.binary @gradient_bits
// CHECK-DAG:     cvt.rna.tf32.f32
// CHECK-DAG:     mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32
func.func @gradient_bits_256_256_512(%delta: tensor<512x256xf32>, %bits: tensor<512x32xi8>) -> (tensor<256x256xf32>) attributes {auxact.kernel} {
  %bit = auxact.unpack_bits %bits : tensor<512x32xi8> -> tensor<512x256xi1>
  %a_empty = tensor.empty() : tensor<512x256xf32>
  %a = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]} ins(%bit : tensor<512x256xi1>) outs(%a_empty : tensor<512x256xf32>) {
  ^bb0(%i0: i1, %o0: f32):
    %high = arith.constant 0.01 : f32
    %low = arith.constant -0.01 : f32
    %level = arith.select %i0, %high, %low : f32
    linalg.yield %level : f32
  } -> tensor<512x256xf32>
  %c_zero_empty = tensor.empty() : tensor<256x256xf32>
  %c_zero_value = arith.constant 0.0 : f32
  %c_zero = linalg.fill ins(%c_zero_value : f32) outs(%c_zero_empty : tensor<256x256xf32>) -> tensor<256x256xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"], auxact.precision = "tf32"} ins(%delta, %a : tensor<512x256xf32>, tensor<512x256xf32>) outs(%c_zero : tensor<256x256xf32>) {
  ^bb0(%left: f32, %right: f32, %partial: f32):
    %product = arith.mulf %left, %right : f32
    %sum = arith.addf %partial, %product : f32
    linalg.yield %sum : f32
  } -> tensor<256x256xf32>
  return %c : tensor<256x256xf32>
}

// -----

// CHECK-LABEL: gpu.binary @contraction
// CHECK-DAG:     ld.shared.v4.b32
// CHECK-DAG:     fma.rn.f32
// CHECK-DAG:     st.global.v4.b32
func.func @contraction_256_256_512_nt(%a: tensor<256x512xf32>, %b: tensor<256x512xf32>) -> (tensor<256x256xf32>) attributes {auxact.kernel} {
  %c_zero_empty = tensor.empty() : tensor<256x256xf32>
  %c_zero_value = arith.constant 0.0 : f32
  %c_zero = linalg.fill ins(%c_zero_value : f32) outs(%c_zero_empty : tensor<256x256xf32>) -> tensor<256x256xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%a, %b : tensor<256x512xf32>, tensor<256x512xf32>) outs(%c_zero : tensor<256x256xf32>) {
  ^bb0(%left: f32, %right: f32, %partial: f32):
    %product = arith.mulf %left, %right : f32
    %sum = arith.addf %partial, %product : f32
    linalg.yield %sum : f32
  } -> tensor<256x256xf32>
  return %c : tensor<256x256xf32>
}
