// RUN: aux-opt %s -auxact-verify-plan | FileCheck %s

// A plan as written by hand is taken as it is: %a's bytes are free for %c.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

// An update may read what it overwrites, element by element.

#map = affine_map<(d0) -> (d0)>
func.func private @update(%w: tensor<16xf32>, %g: tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel} {
  %e = tensor.empty() : tensor<16xf32>
  %n = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel"]}
      ins(%w, %g : tensor<16xf32>, tensor<16xf32>) outs(%e : tensor<16xf32>) {
  ^bb0(%in: f32, %in_0: f32, %out: f32):
    %s = arith.subf %in, %in_0 : f32
    linalg.yield %s : f32
  } -> tensor<16xf32>
  return %n : tensor<16xf32>
}

// CHECK-LABEL: func.func @step
// CHECK: placements = [#auxact.place<state, "w">]
func.func @step(%x: tensor<16xf32> {auxact.input = "x", auxact.offset = 0 : i64},
    %w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64}) -> tensor<16xf32>
    attributes {auxact.arena_bytes = 128 : i64, auxact.lower_bound_bytes = 128 : i64,
                auxact.peak_bytes = 192 : i64, auxact.threads = 1 : i64} {
  %a = auxact.launch @k(%x) {placements = [#auxact.place<arena, 64>]} : (tensor<16xf32>) -> tensor<16xf32>
  %b = auxact.launch @k(%a) {placements = [#auxact.place<arena, 0>]} : (tensor<16xf32>) -> tensor<16xf32>
  %c = auxact.launch @k(%b) {placements = [#auxact.place<arena, 64>]} : (tensor<16xf32>) -> tensor<16xf32>
  %n = auxact.launch @update(%w, %c) {placements = [#auxact.place<state, "w">]} : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %n : tensor<16xf32>
}
