//===- RandomOpInterface.td --------------------------------*- tablegen -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Random numbers.
//
// What an operation that draws random numbers offers.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_INTERFACES_RANDOMOPINTERFACE_TD
#define AUXACT_INTERFACES_RANDOMOPINTERFACE_TD

include "mlir/IR/OpBase.td"

def RandomOpInterface : OpInterface<"RandomOpInterface"> {
  let cppNamespace = "::mlir::auxact";
  let description = [{
    An operation that draws random numbers. They are a function of an element's
    index and of three numbers, its *random source*: the seed of the program,
    the number of the step, and a number that tells operations apart. So nothing
    is kept of them: whoever has the source makes the same numbers again.
  }];
  let methods = [
    InterfaceMethod<[{
        The operands that hold the source (seed, step, operation), each a
        tensor<i32>; none as long as the model does not say where the numbers
        come from.
      }],
      "::mlir::MutableOperandRange", "getRandomSourceMutable", (ins)>,
  ];
}

#endif // AUXACT_INTERFACES_RANDOMOPINTERFACE_TD
