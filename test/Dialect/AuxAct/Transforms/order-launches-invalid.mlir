// RUN: aux-opt %s -split-input-file -verify-diagnostics -auxact-order-launches

// The reader of the old weight needs the new one.

func.func private @update(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}
func.func private @both(tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

func.func @old_and_new(%w: tensor<16xf32> {auxact.parameter = "0.weight", auxact.replaced_by = 0 : i64})
    -> (tensor<16xf32>, tensor<16xf32> {auxact.output = "y"}) {
  // expected-note @below {{the new value comes from this launch of 'update'}}
  %n = auxact.launch @update(%w) : (tensor<16xf32>) -> tensor<16xf32>
  // expected-error @below {{reads the old value of '0.weight', but depends on its new value, which takes the same bytes}}
  %y = auxact.launch @both(%w, %n) : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %n, %y : tensor<16xf32>, tensor<16xf32>
}

// -----

// The old value is handed out.

func.func private @update(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

// expected-error @below {{returns the old value of 'w' as result 1, but this entry overwrites it}}
func.func @old_returned(%w: tensor<16xf32> {auxact.parameter = "w", auxact.replaced_by = 0 : i64})
    -> (tensor<16xf32>, tensor<16xf32> {auxact.output = "y"}) {
  %n = auxact.launch @update(%w) : (tensor<16xf32>) -> tensor<16xf32>
  return %n, %w : tensor<16xf32>, tensor<16xf32>
}

// -----

// Two states cannot have one new value without a copy.

func.func private @update(tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

func.func @one_for_two(%a: tensor<16xf32> {auxact.parameter = "a", auxact.replaced_by = 0 : i64},
                       %b: tensor<16xf32> {auxact.parameter = "b", auxact.replaced_by = 1 : i64})
    -> (tensor<16xf32>, tensor<16xf32>) {
  // expected-error @below {{has a result that replaces both 'a' and 'b', which would be a copy}}
  %n = auxact.launch @update(%a, %b) : (tensor<16xf32>, tensor<16xf32>) -> tensor<16xf32>
  return %n, %n : tensor<16xf32>, tensor<16xf32>
}

// -----

// Nor can a state take the value of another.

// expected-error @below {{gives 'a' the value of argument 1, which would be a copy; expected the result of a launch}}
func.func @swap(%a: tensor<16xf32> {auxact.parameter = "a", auxact.replaced_by = 0 : i64},
                %b: tensor<16xf32> {auxact.parameter = "b"}) -> tensor<16xf32> {
  return %b : tensor<16xf32>
}

// -----

// Only state can be replaced.

func.func private @k(tensor<16xf32>) -> tensor<16xf32> attributes {auxact.kernel}

// expected-error @below {{has argument 0 replaced by a result, but it is no parameter, buffer or state}}
func.func @input_replaced(%x: tensor<16xf32> {auxact.input = "x", auxact.replaced_by = 0 : i64})
    -> tensor<16xf32> {
  %y = auxact.launch @k(%x) : (tensor<16xf32>) -> tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// Computations must be in kernels.

func.func @not_a_launch(%x: tensor<16xf32> {auxact.input = "x"}) -> (tensor<16xf32> {auxact.output = "y"}) {
  // expected-error @below {{is neither a launch nor a view; a plan holds nothing else (form kernels first)}}
  %y = arith.addf %x, %x : tensor<16xf32>
  return %y : tensor<16xf32>
}

// -----

// expected-error @below {{does not say what argument 0 is; mark it auxact.input, auxact.parameter, auxact.buffer, auxact.state or auxact.scalar}}
func.func @unmarked(%x: tensor<16xf32>) -> (tensor<16xf32> {auxact.output = "y"}) {
  return %x : tensor<16xf32>
}
