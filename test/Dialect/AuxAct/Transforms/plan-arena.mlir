// RUN: aux-opt %s -split-input-file -auxact-plan-arena=threads=2 -auxact-verify-plan | FileCheck %s
// RUN: aux-opt %s -split-input-file -auxact-plan-arena="threads=2 remarks" 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: aux-opt %s -split-input-file -auxact-plan-arena="alignment=1024" -auxact-verify-plan | FileCheck %s --check-prefix=DEVICE

// The gradient's bytes are free again once the update is done; the update
// overwrites its parameter. The workspace has a slot for each thread, 64-byte
// aligned: 2 * 128. Peak: arena and two states of 64 bytes.

func.func private @forward(tensor<16xf32>, tensor<16xf32>) -> (tensor<16xf32>, tensor<16xi8>)
    attributes {auxact.kernel, auxact.tasks = 4 : i64, auxact.workspace_bytes = 100 : i64}
func.func private @gradient(tensor<16xf32>, tensor<16xi8>) -> tensor<16xf32> attributes {auxact.kernel}
func.func private @update(tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<f32>) -> (tensor<16xf32>, tensor<16xf32>) attributes {auxact.kernel}
func.func private @loss(tensor<16xf32>) -> tensor<f32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @step
// CHECK-SAME: %{{.*}}: tensor<16xf32> {auxact.input = "x", auxact.offset = [[X:[0-9]+]] : i64}
// CHECK-SAME: %{{.*}}: tensor<f32> {auxact.offset = [[LR:[0-9]+]] : i64, auxact.scalar = "lr"}
// CHECK-SAME: attributes {auxact.arena_bytes = 512 : i64, auxact.lower_bound_bytes = 512 : i64, auxact.peak_bytes = 640 : i64, auxact.threads = 2 : i64}
// As a GPU has it: a kibibyte for each of five ranges that are alive at once
// (input, scalar, both results of the forward, its workspace), two states.
// DEVICE-LABEL: func.func @step
// DEVICE-SAME: auxact.offset = {{(0|1024|2048|3072|4096)}} : i64
// DEVICE-SAME: attributes {auxact.alignment = 1024 : i64, auxact.arena_bytes = 5120 : i64, auxact.lower_bound_bytes = 5120 : i64, auxact.peak_bytes = 7168 : i64, auxact.threads = 1 : i64}
func.func @step(%x: tensor<16xf32> {auxact.input = "x"},
    %w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 1 : i64},
    %m: tensor<16xf32> {auxact.state = "w.momentum", auxact.replaced_by = 2 : i64},
    %lr: tensor<f32> {auxact.scalar = "lr"})
    -> (tensor<f32> {auxact.output = "loss"}, tensor<16xf32>, tensor<16xf32>) {
  // CHECK: auxact.launch @forward(%{{.*}}) {placements = [#auxact.place<arena, {{[0-9]+}}>, #auxact.place<arena, [[BITS:[0-9]+]]>], workspace = {{[0-9]+}} : i64}
  %y, %b = auxact.launch @forward(%x, %w) : (tensor<16xf32>, tensor<16xf32>) -> (tensor<16xf32>, tensor<16xi8>)
  // CHECK: auxact.launch @loss(%{{.*}}) {placements = [#auxact.place<arena, {{[0-9]+}}>]}
  %l = auxact.launch @loss(%y) : (tensor<16xf32>) -> tensor<f32>
  // REMARK: remark: kept from forward to backward: 16 bytes, read by layer '0' under rule 'sign', because its weight gradient is built from it; exact backpropagation would keep 64 bytes for it
  %k0 = auxact.save %b layer "0" rule "sign" exact_bytes 64 : tensor<16xi8>
  // CHECK: auxact.launch @gradient
  // CHECK-SAME: {placements = [#auxact.place<arena, {{[0-9]+}}>]}
  %g = auxact.launch @gradient(%y, %k0) : (tensor<16xf32>, tensor<16xi8>) -> tensor<16xf32>
  // CHECK: auxact.launch @update
  // CHECK-SAME: {placements = [#auxact.place<state, "w">, #auxact.place<state, "w.momentum">]}
  %n, %v = auxact.launch @update(%w, %m, %g, %lr) : (tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<f32>) -> (tensor<16xf32>, tensor<16xf32>)
  return %l, %n, %v : tensor<f32>, tensor<16xf32>, tensor<16xf32>
}

// -----

// One value for two layers is counted at the first of them in the network. An
// operation's own mask goes by the operation; what is read of the inputs is not
// a saved value.

func.func private @forward(tensor<16xf32>) -> tensor<16xi8> attributes {auxact.kernel}
func.func private @backward(tensor<16xi8>, tensor<16xi8>, tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

// REMARK: remark: kept from forward to backward: 16 bytes, read by layer '1', because the backward of auxact.relu reads it
// REMARK: remark: kept from forward to backward: 0 bytes more, as the value kept for layer '1' serves layer '2' under rule 'sign'
// REMARK-NOT: remark:
func.func @shared(%x: tensor<16xf32> {auxact.input = "x"}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.layers = ["0", "1", "2"]} {
  %b = auxact.launch @forward(%x) : (tensor<16xf32>) -> tensor<16xi8>
  %k2 = auxact.save %b layer "2" rule "sign" exact_bytes 64 : tensor<16xi8>
  %k1 = auxact.save %b layer "1" rule "relu" exact_bytes 16 : tensor<16xi8>
  %k0 = auxact.save %x layer "0" rule "exact" exact_bytes 64 : tensor<16xf32>
  %y = auxact.launch @backward(%k2, %k1, %k0) : (tensor<16xi8>, tensor<16xi8>, tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// What is returned stays to the end, also when it is an input, a state that
// nothing replaces, or the same value twice.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @returned
// CHECK-SAME: auxact.arena_bytes = 192 : i64
func.func @returned(%x: tensor<16xf32> {auxact.input = "x"}, %w: tensor<16xf32> {auxact.parameter = "w"})
    -> (tensor<16xf32> {auxact.output = "a"}, tensor<16xf32> {auxact.output = "b"},
        tensor<16xf32> {auxact.output = "x"}, tensor<16xf32> {auxact.output = "w"}) {
  %a = auxact.launch @k(%x) : (tensor<16xf32>) -> tensor<16xf32>
  %unread = auxact.launch @k(%a) : (tensor<16xf32>) -> tensor<16xf32>
  return %a, %a, %x, %w : tensor<16xf32>, tensor<16xf32>, tensor<16xf32>, tensor<16xf32>
}

// -----

// One task needs one slot, however many threads there are.

func.func private @k(tensor<16xf32>) -> tensor<16xf32>
    attributes {auxact.kernel, auxact.tasks = 1 : i64, auxact.workspace_bytes = 100 : i64}

// CHECK-LABEL: func.func @one_task
// CHECK-SAME: auxact.arena_bytes = 192 : i64
func.func @one_task(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "a"}) {
  %a = auxact.launch @k(%w) : (tensor<16xf32>) -> tensor<16xf32>
  return %a : tensor<16xf32>
}

// -----

// The state of all entries counts in the peak of each.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

// CHECK-LABEL: func.func @a
// CHECK-SAME: auxact.arena_bytes = 64 : i64
// CHECK-SAME: auxact.peak_bytes = 192 : i64
func.func @a(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "a"}) {
  %a = auxact.launch @k(%w) : (tensor<16xf32>) -> tensor<16xf32>
  return %a : tensor<16xf32>
}
func.func @b(%w: tensor<16xf32> {auxact.parameter = "w"}, %v: tensor<16xf32> {auxact.buffer = "v"})
    -> (tensor<16xf32> {auxact.output = "a"}) {
  %a = auxact.launch @k(%v) : (tensor<16xf32>) -> tensor<16xf32>
  return %a : tensor<16xf32>
}
