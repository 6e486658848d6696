// RUN: aux-opt %s -split-input-file -auxact-order-launches | FileCheck %s

// Each update comes as soon as its gradient is complete, so that the two
// gradients share their bytes.

func.func private @gradient(tensor<64xf32>, tensor<64xf32>) -> tensor<1024xf32> attributes {auxact.kernel}
func.func private @update(tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @updates_at_once
// CHECK-SAME: %[[W0:[a-z0-9]+]]: tensor<1024xf32> {auxact.parameter = "w0"
// CHECK-SAME: %[[W1:[a-z0-9]+]]: tensor<1024xf32> {auxact.parameter = "w1"
func.func @updates_at_once(%x: tensor<64xf32> {auxact.input = "x"},
    %w0: tensor<1024xf32> {auxact.parameter = "w0", auxact.replaced_by = 0 : i64},
    %w1: tensor<1024xf32> {auxact.parameter = "w1", auxact.replaced_by = 1 : i64})
    -> (tensor<1024xf32>, tensor<1024xf32>) {
  // CHECK: %[[G1:.*]] = auxact.launch @gradient
  // CHECK-NEXT: %[[N1:.*]] = auxact.launch @update(%[[W1]], %[[G1]])
  // CHECK-NEXT: %[[G0:.*]] = auxact.launch @gradient
  // CHECK-NEXT: %[[N0:.*]] = auxact.launch @update(%[[W0]], %[[G0]])
  // CHECK-NEXT: return %[[N0]], %[[N1]]
  %g1 = auxact.launch @gradient(%x, %x) : (tensor<64xf32>, tensor<64xf32>) -> tensor<1024xf32>
  %g0 = auxact.launch @gradient(%x, %x) : (tensor<64xf32>, tensor<64xf32>) -> tensor<1024xf32>
  %n0 = auxact.launch @update(%w0, %g0) : (tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32>
  %n1 = auxact.launch @update(%w1, %g1) : (tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32>
  return %n0, %n1 : tensor<1024xf32>, tensor<1024xf32>
}

// -----

// The update frees its gradient, but waits for the last reader of the weight,
// which reads it through a view.

func.func private @gradient(tensor<64xf32>) -> tensor<1024xf32> attributes {auxact.kernel}
func.func private @update(tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32> attributes {auxact.kernel}
func.func private @read(tensor<32x32xf32>, tensor<64xf32>) -> tensor<64xf32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @after_the_last_reader
func.func @after_the_last_reader(%x: tensor<64xf32> {auxact.input = "x"},
    %w: tensor<1024xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64})
    -> (tensor<1024xf32>, tensor<64xf32> {auxact.output = "y"}) {
  // CHECK: tensor.expand_shape
  // CHECK-NEXT: auxact.launch @read
  // CHECK: auxact.launch @update
  %g = auxact.launch @gradient(%x) : (tensor<64xf32>) -> tensor<1024xf32>
  %n = auxact.launch @update(%w, %g) : (tensor<1024xf32>, tensor<1024xf32>) -> tensor<1024xf32>
  %v = tensor.expand_shape %w [[0, 1]] output_shape [32, 32] : tensor<1024xf32> into tensor<32x32xf32>
  %y = auxact.launch @read(%v, %x) : (tensor<32x32xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %n, %y : tensor<1024xf32>, tensor<64xf32>
}

// -----

// What is needed late is made late, and views stay beside their readers: the
// large value is not alive while the two middle ones are.

func.func private @large(tensor<64xf32>) -> tensor<4096xf32> attributes {auxact.kernel}
func.func private @middle(tensor<64xf32>) -> tensor<2048xf32> attributes {auxact.kernel}
func.func private @small(tensor<2048xf32>) -> tensor<64xf32> attributes {auxact.kernel}
func.func private @both(tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @made_late
func.func @made_late(%x: tensor<64xf32> {auxact.input = "x"})
    -> (tensor<64xf32> {auxact.output = "y"}) {
  // CHECK: auxact.launch @middle
  // CHECK-NEXT: auxact.launch @small
  // CHECK-NEXT: %[[LARGE:.*]] = auxact.launch @large
  // CHECK-NEXT: %[[SAVED:.*]] = auxact.save %[[LARGE]]
  // CHECK-NEXT: %[[VIEW:.*]] = tensor.expand_shape %[[SAVED]]
  // CHECK-NEXT: auxact.launch @both(%[[VIEW]]
  %l = auxact.launch @large(%x) : (tensor<64xf32>) -> tensor<4096xf32>
  %k = auxact.save %l layer "0" rule "exact" exact_bytes 16384 : tensor<4096xf32>
  %v = tensor.expand_shape %k [[0, 1]] output_shape [64, 64] : tensor<4096xf32> into tensor<64x64xf32>
  %m = auxact.launch @middle(%x) : (tensor<64xf32>) -> tensor<2048xf32>
  %s = auxact.launch @small(%m) : (tensor<2048xf32>) -> tensor<64xf32>
  %y = auxact.launch @both(%v, %s) : (tensor<64x64xf32>, tensor<64xf32>) -> tensor<64xf32>
  return %y : tensor<64xf32>
}

// -----

// Nothing to gain: the order stays.

func.func private @k(tensor<64xf32>) -> tensor<64xf32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @original_order
// CHECK-SAME: %[[X0:[a-z0-9]+]]: tensor<64xf32> {auxact.input = "x0"}
// CHECK-SAME: %[[X1:[a-z0-9]+]]: tensor<64xf32> {auxact.input = "x1"}
func.func @original_order(%x0: tensor<64xf32> {auxact.input = "x0"},
                          %x1: tensor<64xf32> {auxact.input = "x1"})
    -> (tensor<64xf32> {auxact.output = "a"}, tensor<64xf32> {auxact.output = "b"}) {
  // CHECK: auxact.launch @k(%[[X1]])
  // CHECK: auxact.launch @k(%[[X0]])
  %b = auxact.launch @k(%x1) : (tensor<64xf32>) -> tensor<64xf32>
  %a = auxact.launch @k(%x0) : (tensor<64xf32>) -> tensor<64xf32>
  return %a, %b : tensor<64xf32>, tensor<64xf32>
}

// -----

// The state is overwritten after the loss is known, so that a run can stop there;
// what the loss needs of the new state comes before.

func.func private @forward(tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>) attributes {auxact.kernel}
func.func private @update(tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32> attributes {auxact.kernel}
func.func private @loss(tensor<64xf32>) -> tensor<f32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @loss_first
func.func @loss_first(%x: tensor<64xf32> {auxact.input = "x"},
    %w: tensor<64xf32> {auxact.parameter = "w", auxact.replaced_by = 1 : i64},
    %m: tensor<64xf32> {auxact.state = "m", auxact.replaced_by = 2 : i64})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<64xf32>, tensor<64xf32>) {
  // CHECK: auxact.launch @forward
  // CHECK-NEXT: auxact.launch @loss
  // CHECK-NEXT: auxact.launch @update
  %y, %n = auxact.launch @forward(%x, %m) : (tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  %v = auxact.launch @update(%w, %y) : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %l = auxact.launch @loss(%y) : (tensor<64xf32>) -> tensor<f32>
  return %l, %v, %n : tensor<f32>, tensor<64xf32>, tensor<64xf32>
}
