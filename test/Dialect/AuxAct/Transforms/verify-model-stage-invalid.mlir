// RUN: aux-opt %s -auxact-verify-model-stage -split-input-file -verify-diagnostics

// No model.
// expected-error@below {{expected one function with a body, the model, but there is none}}
module {
  func.func private @f(%x: tensor<4xf32>) -> tensor<4xf32>
}

// -----

// Two models.
// expected-note@below {{the first one is here}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  return %x : tensor<4xf32>
}
// expected-error@below {{is a second function with a body; expected one, the model (inline what it calls)}}
func.func @g(%x: tensor<4xf32> {auxact.input = "x"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  return %x : tensor<4xf32>
}

// -----

// Control flow.
// expected-error@below {{expects straight-line code, one block}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  cf.br ^bb1
^bb1:
  return %x : tensor<4xf32>
}

// -----

// An argument without a mark.
// expected-error@below {{expects argument 1 to be marked as one of auxact.input, auxact.parameter, auxact.buffer, auxact.state or auxact.scalar, but it has 0 of them}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}, %w: tensor<4xf32>) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  return %x : tensor<4xf32>
}

// -----

// An argument with two.
// expected-error@below {{but it has 2 of them}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x", auxact.parameter = "w"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  return %x : tensor<4xf32>
}

// -----

// A parameter and a buffer of one name.
// expected-error@below {{expects names of arguments to be unique, but arguments 0 and 1 are both called 'w'}}
func.func @f(%x: tensor<4xf32> {auxact.parameter = "w"}, %w: tensor<4xf32> {auxact.buffer = "w"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  return %x : tensor<4xf32>
}

// -----

// A shape that is not fixed.
// expected-error@below {{expects tensors of a fixed shape (dynamic shapes are not supported; another batch size is another entry), but argument 0 is 'tensor<?xf32>'}}
func.func @f(%x: tensor<?xf32> {auxact.input = "x"}) -> (tensor<?xf32> {auxact.output = "prediction"}) {
  return %x : tensor<?xf32>
}

// -----

// The same, inside.
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  // expected-error@below {{dynamic shapes are not supported; another batch size is another entry), but a result is 'tensor<?xf32>'}}
  %d = tensor.cast %x : tensor<4xf32> to tensor<?xf32>
  return %x : tensor<4xf32>
}

// -----

// A result without a name.
// expected-error@below {{expects result 0 to be marked auxact.output, or to replace an argument (auxact.replaced_by)}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// Two results of one name.
// expected-error@below {{expects names of results to be unique, but results 0 and 1 are both called 'prediction'}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) -> (tensor<4xf32> {auxact.output = "prediction"}, tensor<4xf32> {auxact.output = "prediction"}) {
  return %x, %x : tensor<4xf32>, tensor<4xf32>
}

// -----

// Nothing to ask for.
// expected-error@below {{expects a result marked `auxact.output = "prediction"` or `"loss"`}}
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) {
  return
}

// -----

// Two layers of one name.
func.func @f(%x: tensor<4xf32> {auxact.input = "x"}) -> (tensor<4xf32> {auxact.output = "prediction"}) {
  // expected-note@below {{the other one is here}}
  %0 = auxact.relu %x {name = "1"} : tensor<4xf32>
  // expected-error@below {{expects names of layers to be unique, but another one is called '1' as well}}
  %1 = auxact.gelu %0 {name = "1"} : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// A shared tensor that is a name still.
func.func @f(%x: tensor<4x8xf32> {auxact.input = "x"}, %w: tensor<3x8xf32> {auxact.parameter = "w"}) -> (tensor<4x3xf32> {auxact.output = "prediction"}) {
  // expected-error@below {{has a rule that shares the activation of layer '0' by name; run -auxact-assign-rules to make it an operand}}
  %y = auxact.linear %x, %w {rule = #auxact.residual<from = "0">} : (tensor<4x8xf32>, tensor<3x8xf32>) -> tensor<4x3xf32>
  return %y : tensor<4x3xf32>
}

// -----

// Nothing in it.
// expected-error @+1 {{expects every dimension to be at least 1, but argument 0 is 'tensor<0x4xf32>'}}
func.func @empty(%x: tensor<0x4xf32> {auxact.input = "x"}) -> (tensor<0x4xf32> {auxact.output = "prediction"}) {
  return %x : tensor<0x4xf32>
}

// -----

// Double precision.
// expected-error @+1 {{expects elements of type f32, i32 or i64, but argument 0 is 'tensor<4x4xf64>'}}
func.func @double(%x: tensor<4x4xf64> {auxact.input = "x"}) -> (tensor<4x4xf64> {auxact.output = "prediction"}) {
  return %x : tensor<4x4xf64>
}

// -----

// A result that no entry returns.
// expected-error @+1 {{expects results to be called 'prediction' or 'loss', but result 1 is called 'hidden'}}
func.func @hidden(%x: tensor<4x4xf32> {auxact.input = "x"})
    -> (tensor<4x4xf32> {auxact.output = "prediction"}, tensor<4x4xf32> {auxact.output = "hidden"}) {
  return %x, %x : tensor<4x4xf32>, tensor<4x4xf32>
}

// -----

// Layers inside a region.
func.func @region(%x: tensor<4x4xf32> {auxact.input = "x"}) -> (tensor<4x4xf32> {auxact.output = "prediction"}) {
  // expected-error @+1 {{has a region; expected straight-line code}}
  %y = scf.execute_region -> tensor<4x4xf32> {
    %z = auxact.relu %x : tensor<4x4xf32>
    scf.yield %z : tensor<4x4xf32>
  }
  return %y : tensor<4x4xf32>
}
