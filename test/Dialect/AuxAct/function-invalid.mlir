// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A name is a string that says something.
// expected-error @+1 {{expected '"auxact.input"' on argument 0 to be a non-empty string, but it is ""}}
func.func private @name(tensor<4x8xf32> {auxact.input = ""})

// -----

// A misspelt mark would silently make a parameter an input.
// expected-error @+1 {{unknown attribute '"auxact.parameters"' on argument 0; expected auxact.input, auxact.parameter, auxact.buffer, auxact.state, auxact.scalar, auxact.init, auxact.value, auxact.classes, auxact.ignored, auxact.label, auxact.offset or auxact.replaced_by}}
func.func private @mark(tensor<4x8xf32> {auxact.parameters = "0.weight"})

// -----

// Results are named, nothing else.
// expected-error @+1 {{unknown attribute '"auxact.input"' on result 0; expected auxact.output}}
func.func private @result() -> (tensor<4x8xf32> {auxact.input = "x"})

// -----

// The first value of a state is a number.
// expected-error @+1 {{expected 'auxact.init' on argument 0 to be a float, but it is "zero"}}
func.func private @init(tensor<4x8xf32> {auxact.state = "m", auxact.init = "zero"})

// -----

// The new value is a result that exists.
// expected-error @+1 {{'auxact.replaced_by' on argument 0 names result 2, but the function has 1 results}}
func.func private @range(tensor<4x8xf32> {auxact.replaced_by = 2 : i64}) -> tensor<4x8xf32>

// -----

// The new value is of the old one's type.
// expected-error @+1 {{'auxact.replaced_by' on argument 0 expects a result of type 'tensor<4x8xf32>', but result 0 is 'tensor<8x4xf32>'}}
func.func private @type(tensor<4x8xf32> {auxact.replaced_by = 0 : i64}) -> tensor<8x4xf32>

// -----

// Kernels are functions.
// expected-error @+1 {{'"auxact.kernel"' belongs on a function}}
module attributes {auxact.kernel} {}
