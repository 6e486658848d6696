// RUN: aux-opt %s -auxact-set-evaluation-mode | FileCheck %s

// The running statistics take the place of the batch's and stay as they are;
// what random numbers drop is there.
// CHECK-LABEL: func.func @model
//  CHECK-SAME:   (%[[X:.*]]: tensor<8x16xf32> {{.*}}, %[[M:.*]]: tensor<16xf32> {{.*}}, %[[V:.*]]: tensor<16xf32> {{.*}})
//   CHECK-NOT:   auxact
//       CHECK:   %[[R:.*]] = linalg.generic {{.*}} ins(%[[V]] : tensor<16xf32>)
//       CHECK:     math.sqrt
//       CHECK:   %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[M]], %[[R]] :
//   CHECK-NOT:   auxact
//       CHECK:   return %[[Y]], %[[M]], %[[V]]
func.func @model(%x: tensor<8x16xf32> {auxact.input = "x"},
                 %m: tensor<16xf32> {auxact.buffer = "0.running_mean", auxact.replaced_by = 1 : i64},
                 %v: tensor<16xf32> {auxact.buffer = "0.running_var", auxact.replaced_by = 2 : i64})
    -> (tensor<8x16xf32> {auxact.output = "prediction"}, tensor<16xf32>, tensor<16xf32>) {
  %y, %nm, %nv = auxact.batch_norm %x running(%m, %v) : (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
      -> (tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>)
  %z = auxact.dropout %y {probability = 0.1} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  %p = auxact.drop_path %z {probability = 0.1} : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %p, %nm, %nv : tensor<8x16xf32>, tensor<16xf32>, tensor<16xf32>
}
