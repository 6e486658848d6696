// RUN: aux-opt %s -convert-auxact-to-linalg -canonicalize -cse -split-input-file | FileCheck %s

// Ordered, so that NaN gives 0; zero is not greater than zero.

// CHECK-LABEL: func @encode(
// CHECK-SAME: -> tensor<64x16xi8>
// CHECK: %[[I:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<64x100xi1>)
// CHECK: arith.cmpf ogt
// CHECK: %[[B:.*]] = auxact.pack_bits %[[I]] : tensor<64x100xi1> -> tensor<64x16xi8>
// CHECK: return %[[B]]
func.func @encode(%x: tensor<64x100xf32>) -> tensor<64x100xi1, #auxact.bits> {
  %b = auxact.encode %x : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
  return %b : tensor<64x100xi1, #auxact.bits>
}

// -----

// CHECK-LABEL: func @decode(
// CHECK-SAME: %[[B:.*]]: tensor<64x16xi8>
// CHECK-DAG: %[[LOW:.*]] = arith.constant -1.0{{.*}} : f32
// CHECK-DAG: %[[HIGH:.*]] = arith.constant 2.0{{.*}} : f32
// CHECK: %[[I:.*]] = auxact.unpack_bits %[[B]] : tensor<64x16xi8> -> tensor<64x100xi1>
// CHECK: linalg.generic {{.*}} ins(%[[I]]
// CHECK: arith.select %{{.*}}, %[[HIGH]], %[[LOW]] : f32
func.func @decode(%b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xf32> {
  %a = auxact.decode %b levels(-1.0, 2.0) : tensor<64x100xi1, #auxact.bits> -> tensor<64x100xf32>
  return %a : tensor<64x100xf32>
}

// -----

// CHECK-LABEL: func @mask(
// CHECK-SAME: %[[G:.*]]: tensor<64x100xf32>, %[[B:.*]]: tensor<64x16xi8>
// CHECK: %[[ZERO:.*]] = arith.constant 0.0{{.*}} : f32
// CHECK: %[[I:.*]] = auxact.unpack_bits %[[B]]
// CHECK: linalg.generic {{.*}} ins(%[[G]], %[[I]]
// CHECK-NEXT: ^bb0(%[[X:.*]]: f32, %[[BIT:.*]]: i1,
// CHECK-NEXT: arith.select %[[BIT]], %[[X]], %[[ZERO]] : f32
func.func @mask(%g: tensor<64x100xf32>, %b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xf32> {
  %d = auxact.mask %g, %b : tensor<64x100xf32>, tensor<64x100xi1, #auxact.bits>
  return %d : tensor<64x100xf32>
}

// -----

// A saved value keeps its marks and is now the bytes.

// CHECK-LABEL: func @save(
// CHECK-SAME: %[[B:.*]]: tensor<64x16xi8>) -> tensor<64x16xi8>
// CHECK: auxact.save %[[B]] layer "0" rule "sign" exact_bytes 25600 : tensor<64x16xi8>
func.func @save(%b: tensor<64x100xi1, #auxact.bits>) -> tensor<64x100xi1, #auxact.bits> {
  %k = auxact.save %b layer "0" rule "sign" exact_bytes 25600 : tensor<64x100xi1, #auxact.bits>
  return %k : tensor<64x100xi1, #auxact.bits>
}

// -----

// Bits that are read where they are made do not go through bytes.

// CHECK-LABEL: func @read_at_once(
// CHECK-NOT: auxact.
func.func @read_at_once(%x: tensor<64x100xf32>) -> tensor<64x100xf32> {
  %b = auxact.encode %x : tensor<64x100xf32> -> tensor<64x100xi1, #auxact.bits>
  %a = auxact.decode %b levels(-0.01, 0.01) : tensor<64x100xi1, #auxact.bits> -> tensor<64x100xf32>
  return %a : tensor<64x100xf32>
}

// -----

// Rows are what is padded: leading dimensions collapse on both sides.

// CHECK-LABEL: func @positions(
// CHECK-SAME: -> tensor<2x3x4xi8>
// CHECK: auxact.pack_bits %{{.*}} : tensor<6x5xi1> -> tensor<6x4xi8>
// CHECK: tensor.expand_shape {{.*}} tensor<6x4xi8> into tensor<2x3x4xi8>
func.func @positions(%x: tensor<2x3x5xf32>) -> tensor<2x3x5xi1, #auxact.bits> {
  %b = auxact.encode %x : tensor<2x3x5xf32> -> tensor<2x3x5xi1, #auxact.bits>
  return %b : tensor<2x3x5xi1, #auxact.bits>
}
