// The inner loop in assembly: 4 steps of 24 multiply-adds on registers, each
// step with 3 loads of the panel and 8 broadcasts from memory, and nothing on the
// stack. AVX2 has half as many registers, and half as many accumulators.

// RUN: auxact-compile-kernels -S -target=avx512 %s | FileCheck %s --check-prefix=AVX512
// RUN: auxact-compile-kernels -S -target=avx2 %s | FileCheck %s --check-prefix=AVX2

// AVX512: vbroadcastss {{.*}}, %zmm
// AVX512-NOT: {{%rsp|%rbp}}
// AVX512-COUNT-96: vfmadd231ps %zmm{{[0-9]+}}, %zmm{{[0-9]+}}, %zmm
// AVX512-NOT: {{%rsp|%rbp|vfmadd}}
// AVX512: {{j(b|ne|l|a)}}

// AVX2: vbroadcastss {{.*}}, %ymm
// AVX2-NOT: {{%rsp|%rbp}}
// AVX2-COUNT-48: vfmadd231ps %ymm{{[0-9]+}}, %ymm{{[0-9]+}}, %ymm
// AVX2-NOT: {{%rsp|%rbp|vfmadd}}
// AVX2: {{j(b|ne|l|a)}}
func.func @tile(%x: tensor<64x128xf32>, %w: tensor<128x96xf32>) -> tensor<64x96xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x96xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<64x96xf32>) -> tensor<64x96xf32>
  %c = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<64x128xf32>, tensor<128x96xf32>) outs(%f : tensor<64x96xf32>) {
  ^bb0(%a: f32, %b: f32, %s: f32):
    %p = arith.mulf %a, %b : f32
    %r = arith.addf %s, %p : f32
    linalg.yield %r : f32
  } -> tensor<64x96xf32>
  return %c : tensor<64x96xf32>
}
