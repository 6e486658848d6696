// RUN: aux-opt %s -split-input-file -verify-diagnostics -auxact-verify-plan

// Not planned.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
func.func @unplanned(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "y"}) {
  // expected-error @below {{has no placements; plan it first (-auxact-plan-arena)}}
  %y = auxact.launch @k(%w) : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// A computation that a later pass left behind.

func.func @tensor_op(%x: tensor<16xf32> {auxact.input = "x", auxact.offset = 0 : i64}) -> (tensor<16xf32> {auxact.output = "y"}) {
  // expected-error @below {{'tensor.empty' op is neither a launch nor a view}}
  %y = tensor.empty() : tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// Alive at once, at the same bytes.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
// expected-error @below {{has a wrong plan}}
func.func @overlap(%x: tensor<16xf32> {auxact.input = "x", auxact.offset = 0 : i64}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.arena_bytes = 128 : i64, auxact.lower_bound_bytes = 128 : i64,
                auxact.peak_bytes = 128 : i64, auxact.threads = 1 : i64} {
  %y = auxact.launch @k(%x) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// An arena larger than what the plan uses is not what a run would need.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
// expected-error @below {{says that its arena has 192 bytes, but its plan uses 128}}
func.func @arena_too_large(%x: tensor<16xf32> {auxact.input = "x", auxact.offset = 0 : i64}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.arena_bytes = 192 : i64, auxact.lower_bound_bytes = 128 : i64,
                auxact.peak_bytes = 192 : i64, auxact.threads = 1 : i64} {
  %y = auxact.launch @k(%x) {placements = [#auxact.place<arena, 64>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// A peak that leaves the state out.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
// expected-error @below {{says that its peak is 64 bytes, but its arena of 64 and the state of 64 make 128}}
func.func @peak(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.arena_bytes = 64 : i64, auxact.lower_bound_bytes = 64 : i64,
                auxact.peak_bytes = 64 : i64, auxact.threads = 1 : i64} {
  %y = auxact.launch @k(%w) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// Numbers that are missing.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
// expected-error @below {{has no 'auxact.arena_bytes'; plan it first (-auxact-plan-arena)}}
func.func @no_numbers(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.threads = 1 : i64, auxact.peak_bytes = 128 : i64} {
  %y = auxact.launch @k(%w) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// An input without a staging range.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
// expected-error @below {{has no 'auxact.offset' on argument 0}}
func.func @no_staging(%x: tensor<16xf32> {auxact.input = "x"}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.arena_bytes = 128 : i64, auxact.lower_bound_bytes = 128 : i64,
                auxact.peak_bytes = 128 : i64, auxact.threads = 1 : i64} {
  %y = auxact.launch @k(%x) {placements = [#auxact.place<arena, 64>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// A kernel's workspace without bytes.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel, auxact.workspace_bytes = 100 : i64}
func.func @no_workspace(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.arena_bytes = 64 : i64, auxact.lower_bound_bytes = 64 : i64,
                auxact.peak_bytes = 128 : i64, auxact.threads = 2 : i64} {
  // expected-error @below {{has no workspace, but 'k' needs 128 bytes for all threads}}
  %y = auxact.launch @k(%w) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// The new value of a state beside it, where nobody looks for it.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
func.func @not_in_place(%w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64}) -> tensor<16xf32> {
  // expected-error @below {{computes the new value of 'w' in its result 0, but puts it at #auxact.place<arena, 0>}}
  %y = auxact.launch @k(%w) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// A value that replaces nothing in the bytes of a state.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
func.func @state_overwritten(%w: tensor<16xf32> {auxact.parameter = "w"}) -> (tensor<16xf32> {auxact.output = "y"})
    attributes {auxact.arena_bytes = 64 : i64, auxact.lower_bound_bytes = 64 : i64,
                auxact.peak_bytes = 128 : i64, auxact.threads = 1 : i64} {
  // expected-error @below {{puts result 0 into the state 'w', but that result replaces no state}}
  %y = auxact.launch @k(%w) {placements = [#auxact.place<state, "w">]} : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// A pass that moved a launch after planning.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
func.func @read_after_write(%w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64})
    -> (tensor<16xf32>, tensor<16xf32> {auxact.output = "y"}) {
  // expected-error @below {{overwrites 'w' before its last reader}}
  %n = auxact.launch @k(%w) {placements = [#auxact.place<state, "w">]} : (tensor<16xf32>) -> tensor<16xf32>
  // expected-note @below {{the old value is read here}}
  %y = auxact.launch @k(%w) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  return %n, %y : tensor<16xf32>, tensor<16xf32>
}

// -----

// A kernel that reads all of what it overwrites in every task.

func.func private @sum(%w: tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel} {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<16xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<16xf32>) -> tensor<16xf32>
  // expected-note @below {{this operation reads it}}
  %n = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0)>], iterator_types = ["parallel", "reduction"]}
      ins(%w : tensor<16xf32>) outs(%f : tensor<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %s = arith.addf %in, %out : f32
    linalg.yield %s : f32
  } -> tensor<16xf32>
  return %n : tensor<16xf32>
}
func.func @in_place_sum(%w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64}) -> tensor<16xf32> {
  // expected-error @below {{overwrites 'w' while 'sum' reads its old value at other places than it writes}}
  %n = auxact.launch @sum(%w) {placements = [#auxact.place<state, "w">]} : (tensor<16xf32>) -> tensor<16xf32>
  return %n : tensor<16xf32>
}
