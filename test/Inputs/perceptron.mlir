// A residual perceptron without rules and without a loss: what tests and
// aux-run start from.
func.func @perceptron(
    %x: tensor<64x48xf32> {auxact.input = "x"},
    %w0: tensor<64x48xf32> {auxact.parameter = "0.weight"}, %b0: tensor<64xf32> {auxact.parameter = "0.bias"},
    %w1: tensor<96x64xf32> {auxact.parameter = "1.0.weight"}, %b1: tensor<96xf32> {auxact.parameter = "1.0.bias"},
    %w2: tensor<64x96xf32> {auxact.parameter = "1.2.weight"}, %b2: tensor<64xf32> {auxact.parameter = "1.2.bias"},
    %w3: tensor<10x64xf32> {auxact.parameter = "3.weight"}, %b3: tensor<10xf32> {auxact.parameter = "3.bias"})
    -> (tensor<64x10xf32> {auxact.output = "prediction"}) {
  %h = auxact.linear %x, %w0, %b0 {name = "0"} : (tensor<64x48xf32>, tensor<64x48xf32>, tensor<64xf32>) -> tensor<64x64xf32>
  %a = auxact.linear %h, %w1, %b1 {name = "1.0"} : (tensor<64x64xf32>, tensor<96x64xf32>, tensor<96xf32>) -> tensor<64x96xf32>
  %r = auxact.relu %a {name = "1.1"} : tensor<64x96xf32>
  %c = auxact.linear %r, %w2, %b2 {name = "1.2"} : (tensor<64x96xf32>, tensor<64x96xf32>, tensor<64xf32>) -> tensor<64x64xf32>
  %s = auxact.add %h, %c : tensor<64x64xf32>
  %t = auxact.relu %s {name = "2"} : tensor<64x64xf32>
  %z = auxact.linear %t, %w3, %b3 {name = "3"} : (tensor<64x64xf32>, tensor<10x64xf32>, tensor<10xf32>) -> tensor<64x10xf32>
  return %z : tensor<64x10xf32>
}
