// RUN: aux-opt %s -split-input-file -verify-diagnostics -auxact-expand-bfloat16 | FileCheck %s

// Memory and vectors are of i16, the extension is a shift, the truncation rounds
// to nearest even and keeps NaN apart.

// CHECK-LABEL: func.func @k
// CHECK-SAME: %[[A:.*]]: memref<100xi16>, %[[B:.*]]: memref<100xi16>
// CHECK-NOT: bf16
// CHECK: %[[V:.*]] = vector.load %[[A]]{{.*}} : memref<100xi16>, vector<16xi16>
// CHECK: %[[W:.*]] = arith.extui %[[V]] : vector<16xi16> to vector<16xi32>
// CHECK: %[[S:.*]] = arith.shli %[[W]], %{{.*}} : vector<16xi32>
// CHECK: %[[F:.*]] = arith.bitcast %[[S]] : vector<16xi32> to vector<16xf32>
// CHECK: %[[Y:.*]] = arith.mulf %[[F]], %[[F]]
// CHECK: %[[BITS:.*]] = arith.bitcast %[[Y]] : vector<16xf32> to vector<16xi32>
// CHECK-DAG: %[[UPPER:.*]] = arith.shrui %[[BITS]]
// CHECK-DAG: %[[LAST:.*]] = arith.andi %[[UPPER]]
// CHECK-DAG: %[[HALF:.*]] = arith.addi %[[LAST]], %{{.*}}
// CHECK-DAG: %[[SUM:.*]] = arith.addi %[[BITS]], %[[HALF]]
// CHECK-DAG: %[[ROUNDED:.*]] = arith.shrui %[[SUM]]
// CHECK-DAG: %[[QUIET:.*]] = arith.ori %[[UPPER]]
// CHECK-DAG: %[[NAN:.*]] = arith.cmpf uno, %[[Y]], %[[Y]]
// CHECK: %[[R:.*]] = arith.select %[[NAN]], %[[QUIET]], %[[ROUNDED]]
// CHECK: %[[T:.*]] = arith.trunci %[[R]] : vector<16xi32> to vector<16xi16>
// CHECK: vector.store %[[T]], %[[B]]
func.func @k(%a: memref<100xbf16>, %b: memref<100xbf16>, %i: index) {
  %x = vector.load %a[%i] : memref<100xbf16>, vector<16xbf16>
  %f = arith.extf %x : vector<16xbf16> to vector<16xf32>
  %y = arith.mulf %f, %f : vector<16xf32>
  %t = arith.truncf %y : vector<16xf32> to vector<16xbf16>
  vector.store %t, %b[%i] : memref<100xbf16>, vector<16xbf16>
  return
}

// -----

// Levels are constants of the same bits; one element is like a vector of them.

// CHECK-LABEL: func.func @levels
// CHECK-DAG: %[[ONE:.*]] = arith.constant dense<16256> : vector<8xi16>
// CHECK-DAG: %[[MINUS:.*]] = arith.constant dense<-16512> : vector<8xi16>
// CHECK: arith.select %{{.*}}, %[[ONE]], %[[MINUS]] : vector<8xi1>, vector<8xi16>
// CHECK: vector.maskedstore {{.*}} vector<8xi16>
// CHECK: %[[E:.*]] = vector.extract %{{.*}}[0] : i16 from vector<8xi16>
// CHECK: memref.store %[[E]], %{{.*}} : memref<4x8xi16>
func.func @levels(%bits: vector<8xi1>, %m: vector<8xi1>, %b: memref<4x8xbf16>, %i: index) {
  %one = arith.constant dense<1.0> : vector<8xbf16>
  %minus = arith.constant dense<-1.0> : vector<8xbf16>
  %s = arith.select %bits, %one, %minus : vector<8xi1>, vector<8xbf16>
  vector.maskedstore %b[%i, %i], %m, %s : memref<4x8xbf16>, vector<8xi1>, vector<8xbf16>
  %e = vector.extract %s[0] : bf16 from vector<8xbf16>
  memref.store %e, %b[%i, %i] : memref<4x8xbf16>
  return
}

// -----

func.func @computes(%a: memref<100xbf16>, %i: index) {
  %x = memref.load %a[%i] : memref<100xbf16>
  // expected-error @below {{computes in bf16; extend to f32 before and truncate after it}}
  // expected-error @below {{failed to legalize operation 'arith.addf'}}
  %y = arith.addf %x, %x : bf16
  memref.store %y, %a[%i] : memref<100xbf16>
  return
}
