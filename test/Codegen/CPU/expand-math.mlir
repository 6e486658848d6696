// RUN: aux-opt %s -auxact-expand-math | FileCheck %s

// No operation is left that would become a call into a library.
// CHECK-LABEL: func.func @vectors
//   CHECK-NOT:   math.{{(exp|tanh|erf|log|powf) }}
//       CHECK:   return
func.func @vectors(%x: vector<16xf32>) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>) {
  %0 = math.exp %x : vector<16xf32>
  %1 = math.tanh %x : vector<16xf32>
  %2 = math.erf %x : vector<16xf32>
  %3 = math.log %x : vector<16xf32>
  return %0, %1, %2, %3 : vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>
}

// What has an instruction stays.
// CHECK-LABEL: func.func @instructions
//       CHECK:   math.sqrt
//       CHECK:   math.absf
func.func @instructions(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.sqrt %x : vector<16xf32>
  %1 = math.absf %0 : vector<16xf32>
  return %1 : vector<16xf32>
}
