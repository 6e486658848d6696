// RUN: aux-opt %s -auxact-append-random-source | FileCheck %s
// RUN: aux-opt %s -auxact-append-random-source -auxact-append-random-source | FileCheck %s

// Every operation has a number of its own; one that has a source keeps it.
// CHECK-LABEL: func.func @model
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x16xf32> {auxact.input = "x"},
//  CHECK-SAME:    %[[G:.*]]: tensor<i32> {auxact.scalar = "given"},
//  CHECK-SAME:    %[[S:.*]]: tensor<i32> {auxact.scalar = "seed"}, %[[T:.*]]: tensor<i32> {auxact.scalar = "step"},
//  CHECK-SAME:    %[[A:.*]]: tensor<i32> {auxact.scalar = "operation:0", auxact.value = 0 : i64},
//  CHECK-SAME:    %[[B:.*]]: tensor<i32> {auxact.scalar = "operation:1", auxact.value = 1 : i64})
//       CHECK:   auxact.dropout %[[X]] source(%[[S]], %[[T]], %[[A]])
//       CHECK:   auxact.dropout %{{.*}} source(%[[G]], %[[G]], %[[G]])
//       CHECK:   auxact.drop_path %{{.*}} source(%[[S]], %[[T]], %[[B]])
func.func @model(%x: tensor<8x16xf32> {auxact.input = "x"}, %g: tensor<i32> {auxact.scalar = "given"})
    -> (tensor<8x16xf32> {auxact.output = "prediction"}) {
  %0 = auxact.dropout %x {probability = 0.1} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  %1 = auxact.dropout %0 source(%g, %g, %g) {probability = 0.1}
      : (tensor<8x16xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<8x16xf32>
  %2 = auxact.drop_path %1 {probability = 0.1} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %2 : tensor<8x16xf32>
}



// A function without any needs nothing.
// CHECK-LABEL: func.func @plain
//  CHECK-SAME:   (%{{.*}}: tensor<8x16xf32> {auxact.input = "x"}) ->
func.func @plain(%x: tensor<8x16xf32> {auxact.input = "x"}) -> (tensor<8x16xf32> {auxact.output = "prediction"}) {
  return %x : tensor<8x16xf32>
}
