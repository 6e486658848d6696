// RUN: aux-opt %s | aux-opt | FileCheck %s
// RUN: aux-opt %s --mlir-print-op-generic | aux-opt | FileCheck %s

// CHECK-LABEL: func.func @decode
//       CHECK:   auxact.decode %{{.*}} levels(-1.000000e-02, 1.000000e-02) : tensor<64x100xi1, #auxact.bits> -> tensor<64x100xf32>
func.func @decode(%b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xf32> {
  %a = auxact.decode %b levels(-0.01, 0.01) : tensor<64x100xi1, #auxact.bits> -> tensor<64x100xf32>
  return %a : tensor<64x100xf32>
}
