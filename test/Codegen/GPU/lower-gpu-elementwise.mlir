// RUN: aux-opt %s --auxact-lower-gpu-elementwise --canonicalize --cse | FileCheck %s

// State that may be updated in place is not marked; what only one of the
// arguments and results can be, is. A thread reads all it needs before it writes.
// CHECK-LABEL: gpu.func @update(
// CHECK-SAME: %[[W:[^ ]*]]: memref<8192x512xf32> {llvm.align = 16 : i64},
// CHECK-SAME: %[[G:[^ ]*]]: memref<512xf32> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly},
// CHECK-SAME: %[[RATE:[^ ]*]]: memref<f32> {llvm.align = 16 : i64, llvm.noalias, llvm.readonly},
// CHECK-SAME: %[[R:[^ ]*]]: memref<8192x512xf32> {llvm.align = 16 : i64},
// CHECK-SAME: memref<0xi8> {llvm.align = 16 : i64, llvm.noalias})
// CHECK-SAME: kernel attributes {auxact.grid = array<i64: 2048, 1, 1>, auxact.shared_bytes = 0 : i64, known_block_size = array<i32: 256, 1, 1>}
// CHECK-DAG: gpu.thread_id x upper_bound 256
// CHECK-DAG: gpu.block_id x upper_bound 2048
// CHECK-DAG: memref.load %[[RATE]][]
// CHECK: vector.load %[[W]][{{.*}}] {alignment = 16 : i64} : memref<8192x512xf32>, vector<4xf32>
// CHECK: vector.load %[[G]][{{.*}}] {alignment = 16 : i64} : memref<512xf32>, vector<4xf32>
// CHECK: vector.load %[[W]]
// CHECK: vector.store {{.*}}, %[[R]]
// CHECK: vector.store {{.*}}, %[[R]]
// CHECK-NOT: scf.if
// CHECK: gpu.return
func.func @update(%w: tensor<8192x512xf32>, %g: tensor<512xf32>, %rate: tensor<f32>) -> tensor<8192x512xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<8192x512xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> ()>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%w, %g, %rate : tensor<8192x512xf32>, tensor<512xf32>, tensor<f32>) outs(%e : tensor<8192x512xf32>) {
  ^bb0(%i: f32, %j: f32, %s: f32, %o: f32):
    %m = arith.mulf %j, %s : f32
    %v = arith.subf %i, %m : f32
    linalg.yield %v : f32
  } -> tensor<8192x512xf32>
  return %r : tensor<8192x512xf32>
}

// One shape: flat vectors whatever the rows are; 767 vectors and one
// element of its own.
// CHECK-LABEL: gpu.func @flat(
// CHECK-SAME: %[[X:[^ ]*]]: memref<341x9xf32>
// CHECK: %[[FLAT:.*]] = memref.reinterpret_cast %[[X]] {{.*}} to memref<3069xf32>
// CHECK: %[[VECTORS:.*]] = arith.cmpi slt, %{{.*}}, %c767
// CHECK: scf.if
// CHECK: vector.load %[[FLAT]][{{.*}}] {alignment = 16 : i64} : memref<3069xf32>, vector<4xf32>
// CHECK: arith.cmpi slt, %{{.*}}, %c1 :
// CHECK: scf.if
// CHECK: memref.load %[[FLAT]]
// CHECK: memref.store
func.func @flat(%x: tensor<341x9xf32>) -> tensor<341x9xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<341x9xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<341x9xf32>) outs(%e : tensor<341x9xf32>) {
  ^bb0(%i: f32, %o: f32):
    %v = arith.mulf %i, %i : f32
    linalg.yield %v : f32
  } -> tensor<341x9xf32>
  return %r : tensor<341x9xf32>
}

// Rows of 33: one element and one bit a lane, and words are ballots. Columns 33
// to 63 belong to the padding; they take part in the vote with a zero.
// CHECK-LABEL: gpu.func @ballot(
// CHECK-SAME: %[[X:[^ ]*]]: memref<7x33xf32>
// CHECK-SAME: %[[BITS:[^ ]*]]: memref<7x8xi8>
// CHECK: %[[COLUMN:.*]] = arith.remui %{{.*}}, %c64
// CHECK: arith.cmpi slt, %[[COLUMN]], %c33
// CHECK: %[[BIT:.*]] = scf.if %{{.*}} -> (i1) {
// CHECK:   memref.load %[[X]]
// CHECK:   arith.cmpf ogt
// CHECK: } else {
// CHECK-NEXT: scf.yield %false
// CHECK: %[[WORD:.*]] = nvvm.vote.sync ballot %{{.*}}, %[[BIT]] -> i32
// CHECK: scf.if
// CHECK: vector.store {{.*}}, %[[BITS]][{{.*}}] {alignment = 4 : i64} : memref<7x8xi8>, vector<4xi8>
func.func @ballot(%x: tensor<7x33xf32>) -> tensor<7x8xi8> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<7x33xi1>
  %i = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<7x33xf32>) outs(%e : tensor<7x33xi1>) {
  ^bb0(%a: f32, %o: i1):
    %b = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b : i1
  } -> tensor<7x33xi1>
  %p = auxact.pack_bits %i : tensor<7x33xi1> -> tensor<7x8xi8>
  return %p : tensor<7x8xi8>
}

// Four bits a lane: eight lanes make a word by three shuffles.
// CHECK-LABEL: gpu.func @shuffle(
// CHECK: arith.cmpf ogt, {{.*}} : vector<4xf32>
// CHECK-COUNT-3: nvvm.shfl.sync bfly
// CHECK: vector.store {{.*}} {alignment = 4 : i64} : memref<64x8xi8>, vector<4xi8>
func.func @shuffle(%x: tensor<64x64xf32>) -> tensor<64x8xi8> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<64x64xi1>
  %i = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<64x64xf32>) outs(%e : tensor<64x64xi1>) {
  ^bb0(%a: f32, %o: i1):
    %b = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %b : i1
  } -> tensor<64x64xi1>
  %p = auxact.pack_bits %i : tensor<64x64xi1> -> tensor<64x8xi8>
  return %p : tensor<64x8xi8>
}

// A thread's bits come from one byte.
// CHECK-LABEL: gpu.func @unpack(
// CHECK-SAME: %[[BITS:[^ ]*]]: memref<16x8xi8>
// CHECK: vector.load %[[BITS]][{{.*}}] {alignment = 1 : i64} : memref<16x8xi8>, vector<1xi8>
// CHECK-NOT: vector.load
// CHECK: arith.select {{.*}} : vector<4xi1>, vector<4xf32>
// CHECK: vector.store {{.*}} {alignment = 16 : i64}
func.func @unpack(%bits: tensor<16x8xi8>) -> tensor<16x64xf32> attributes {auxact.kernel} {
  %low = arith.constant -0.01 : f32
  %high = arith.constant 0.01 : f32
  %e = tensor.empty() : tensor<16x64xf32>
  %u = auxact.unpack_bits %bits : tensor<16x8xi8> -> tensor<16x64xi1>
  %r = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%u : tensor<16x64xi1>) outs(%e : tensor<16x64xf32>) {
  ^bb0(%b: i1, %o: f32):
    %v = arith.select %b, %high, %low : f32
    linalg.yield %v : f32
  } -> tensor<16x64xf32>
  return %r : tensor<16x64xf32>
}

// Eight bf16 are 16 bytes.
// CHECK-LABEL: gpu.func @halves(
// CHECK: vector.load {{.*}} {alignment = 16 : i64} : memref<4096xbf16>, vector<8xbf16>
// CHECK: vector.store {{.*}} {alignment = 16 : i64} : memref<4096xbf16>, vector<8xbf16>
func.func @halves(%x: tensor<4096xbf16>) -> tensor<4096xbf16> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4096xbf16>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4096xbf16>) outs(%e : tensor<4096xbf16>) {
  ^bb0(%i: bf16, %o: bf16):
    %f = arith.extf %i : bf16 to f32
    %m = arith.maximumf %f, %zero : f32
    %h = arith.truncf %m : f32 to bf16
    linalg.yield %h : bf16
  } -> tensor<4096xbf16>
  return %r : tensor<4096xbf16>
}

// Results of two shapes: the first blocks make one, the others the other.
// CHECK-LABEL: gpu.func @two(
// CHECK-SAME: auxact.grid = array<i64: 3, 1, 1>
// CHECK: arith.cmpi slt, %{{.*}}, %c2
// CHECK: scf.if
func.func @two(%x: tensor<2048xf32>, %y: tensor<8xf32>) -> (tensor<2048xf32>, tensor<8xf32>) attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<2048xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<2048xf32>) outs(%e : tensor<2048xf32>) {
  ^bb0(%i: f32, %o: f32):
    %v = arith.addf %i, %i : f32
    linalg.yield %v : f32
  } -> tensor<2048xf32>
  %f = tensor.empty() : tensor<8xf32>
  %s = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%y : tensor<8xf32>) outs(%f : tensor<8xf32>) {
  ^bb0(%i: f32, %o: f32):
    %v = arith.addf %i, %i : f32
    linalg.yield %v : f32
  } -> tensor<8xf32>
  return %r, %s : tensor<2048xf32>, tensor<8xf32>
}
