// One layer on rows of two vectors each: a prediction of three dimensions.
func.func @sequence(
    %x: tensor<5x2x3xf32> {auxact.input = "x"},
    %w: tensor<3x3xf32> {auxact.parameter = "weight"}, %b: tensor<3xf32> {auxact.parameter = "bias"})
    -> (tensor<5x2x3xf32> {auxact.output = "prediction"}) {
  %z = auxact.linear %x, %w, %b {name = "0"} : (tensor<5x2x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<5x2x3xf32>
  return %z : tensor<5x2x3xf32>
}
