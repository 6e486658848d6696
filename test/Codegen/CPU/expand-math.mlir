// RUN: aux-opt %s --auxact-expand-math --split-input-file --verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @vectors(
// CHECK-NOT: math.{{exp|log|tanh|erf|rsqrt}}
// CHECK: math.sqrt
// CHECK-NOT: math.{{exp|log|tanh|erf|rsqrt}}
// CHECK: return
func.func @vectors(%x: vector<16xf32>, %y: f32) -> (vector<16xf32>, f32) {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.tanh %0 : vector<16xf32>
  %2 = math.erf %1 : vector<16xf32>
  %3 = math.rsqrt %2 : vector<16xf32>
  %4 = math.log %y : f32
  return %3, %4 : vector<16xf32>, f32
}

// -----

// What would call a library.
func.func @library(%x: f64) -> f64 {
  // expected-error @+1 {{'math.exp' op has no expansion for 'f64'}}
  %0 = math.exp %x : f64
  return %0 : f64
}
