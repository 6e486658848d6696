// RUN: not aux-opt %s -auxact-assign-rules="rules-file=%S/Inputs/assign-rules-unmatched.rules" 2>&1 | FileCheck %s --check-prefix=UNMATCHED
// RUN: not aux-opt %s -auxact-assign-rules="rules='* = #auxact.exact; 1 = #auxact.recompute'" 2>&1 | FileCheck %s --check-prefix=SHADOWED
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 = #auxact.exact; 1 = #auxact.exact; [01] = #auxact.recompute; * = #auxact.exact'" 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: aux-opt %s -auxact-assign-rules="rules='0 = #auxact.exact; [01] = #auxact.recompute; * = #auxact.exact'" | FileCheck %s --check-prefix=PARTLY
// RUN: not aux-opt %s -auxact-assign-rules="rules-file=%S/Inputs/assign-rules-unknown.rules" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not aux-opt %s -auxact-assign-rules="rules-file=%S/Inputs/no-such-file" 2>&1 | FileCheck %s --check-prefix=FILE
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 = #auxact.exact; * = #auxact.gelu<none>'" 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 #auxact.exact'" 2>&1 | FileCheck %s --check-prefix=EQUAL
// RUN: not aux-opt %s -auxact-assign-rules="rules='= #auxact.exact'" 2>&1 | FileCheck %s --check-prefix=PATTERN
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 = '" 2>&1 | FileCheck %s --check-prefix=RULE
// RUN: not aux-opt %s -auxact-assign-rules="rules='[0 = #auxact.exact'" 2>&1 | FileCheck %s --check-prefix=GLOB
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 = #auxact.exact 1'" 2>&1 | FileCheck %s --check-prefix=TRAILING
// RUN: not aux-opt %s -auxact-assign-rules="rules='1 = #auxact.residual<from = \"3\">'" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not aux-opt %s -auxact-assign-rules="rules='1 = #auxact.residual<from = \"1\">'" 2>&1 | FileCheck %s --check-prefix=SELF
// RUN: not aux-opt %s -auxact-assign-rules="rules='0 = #auxact.residual<from = \"1\">'" 2>&1 | FileCheck %s --check-prefix=LATER
// RUN: not aux-opt %s -auxact-assign-rules="rules='1 = #auxact.residual<from = \"0\">'" 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not aux-opt %s -auxact-assign-rules="rules='1 = #auxact.sign<epsilon = 0.1, nonnegative>'" 2>&1 | FileCheck %s --check-prefix=PROOF

// What is wrong with the text is said at its line and column.

// UNMATCHED: assign-rules-unmatched.rules:2:3: error: the pattern '3' matches no layer of 'mlp', whose layers are '0', '1'

// SHADOWED: rules:1:20: error: the pattern '1' gives no layer its rule, since the first match wins and every layer that it matches is matched earlier by '*'
// SHADOWED: rules:1:1: note: '*' is here

// TWO: error: the pattern '[01]' gives no layer its rule, {{.*}} by '0', '1'

// One layer is left for [01], and none for the default.
// PARTLY: name = "0", rule = #auxact.exact
// PARTLY: name = "1", rule = #auxact.recompute

// UNKNOWN: assign-rules-unknown.rules:2:20: error: unknown key 'epsilom' of the rule 'sign'
// FILE: no-such-file:0:0: error: cannot read rules: No such file or directory
// KIND: rules:1:24: error: expected a rule (#auxact.sign<...>, say), but found #auxact.gelu<none>
// EQUAL: rules:1:1: error: expected 'pattern = rule', but found '0 #auxact.exact'
// PATTERN: rules:1:1: error: expected a pattern of layer names before '='
// RULE: rules:1:3: error: expected a rule (#auxact.sign<...>, say) after '='
// GLOB: rules:1:1: error: malformed pattern '[0': invalid glob pattern, unmatched '['
// TRAILING: rules:1:19: error: found trailing characters: '1'

// What is wrong with the rule on its layer is said at the layer, with a note at
// the text.

// MISSING: assign-rules-invalid.mlir:[[@LINE+16]]:8: error: 'auxact.linear' op has the rule 'residual', which shares the activation of layer '3', but there is none in the function, whose layers are '0', '1'
// MISSING: rules:1:1: note: its rule is written here

// SELF: assign-rules-invalid.mlir:[[@LINE+13]]:8: error: {{.*}} which is this layer; expected an earlier one

// LATER: assign-rules-invalid.mlir:[[@LINE+10]]:8: error: {{.*}} which comes later; expected an earlier one
// LATER: assign-rules-invalid.mlir:[[@LINE+10]]:8: note: layer '1' is here

// TYPE: assign-rules-invalid.mlir:[[@LINE+8]]:8: error: {{.*}} expects a shared tensor of the input's type 'tensor<4x6xf32>', but it is 'tensor<4x8xf32>'
// TYPE: rules:1:1: note: its rule is written here

// PROOF: assign-rules-invalid.mlir:[[@LINE+5]]:8: error: {{.*}} expects an input proved non-negative
// PROOF: rules:1:1: note: its rule is written here
func.func @mlp(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<6x8xf32> {auxact.parameter = "w"},
               %v: tensor<6x6xf32> {auxact.parameter = "v"}) -> tensor<4x6xf32> {
  %h = auxact.linear %x, %w {name = "0"} : (tensor<4x8xf32>, tensor<6x8xf32>) -> tensor<4x6xf32>
  %y = auxact.linear %h, %v {name = "1"} : (tensor<4x6xf32>, tensor<6x6xf32>) -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}
