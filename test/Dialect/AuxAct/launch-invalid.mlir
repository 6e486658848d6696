// RUN: aux-opt %s -verify-diagnostics -split-input-file

// A kernel that is not there.
func.func @missing(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{launches 'kernel_9', which is not a function of this module}}
  %h = auxact.launch @kernel_9(%x) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %h : tensor<4x8xf32>
}

// -----

func.func private @kernel_0(tensor<4x8xf32>) -> tensor<4x8xf32> attributes {auxact.kernel}

// Inputs of another type.
func.func @inputs(%x: tensor<4x9xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects inputs of types 'tensor<4x8xf32>', as 'kernel_0' takes, but they are 'tensor<4x9xf32>'}}
  %h = auxact.launch @kernel_0(%x) : (tensor<4x9xf32>) -> tensor<4x8xf32>
  return %h : tensor<4x8xf32>
}

// -----

func.func private @kernel_0(tensor<4x8xf32>) -> tensor<4x8xf32> attributes {auxact.kernel}

// Results of another type.
func.func @results(%x: tensor<4x8xf32>) -> tensor<4x9xf32> {
  // expected-error @+1 {{expects results of types 'tensor<4x8xf32>', as 'kernel_0' has, but they are 'tensor<4x9xf32>'}}
  %h = auxact.launch @kernel_0(%x) : (tensor<4x8xf32>) -> tensor<4x9xf32>
  return %h : tensor<4x9xf32>
}

// -----

func.func private @kernel_0(tensor<4x8xf32>) -> tensor<4x8xf32> attributes {auxact.kernel}

// A result without a place.
func.func @placements(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects one placement a result, which is 1, but has 0}}
  %h = auxact.launch @kernel_0(%x) {placements = []} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %h : tensor<4x8xf32>
}

// -----

func.func private @kernel_0(tensor<4x8xf32>) -> tensor<4x8xf32> attributes {auxact.kernel}

// A number is no place.
func.func @place(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expects placements to be #auxact.place, but one is 4096}}
  %h = auxact.launch @kernel_0(%x) {placements = [4096]} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %h : tensor<4x8xf32>
}

// -----

// A region that does not exist.
// expected-error @+1 {{expected 'arena' or 'state', but found 'heap'}}
#heap = #auxact.place<heap, 0>
