//===- aux-test-opt.cpp - aux-opt with the rules of the tests -------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Runs auxact passes where a rule of the tests is known.
//
//===----------------------------------------------------------------------===//

#include "TestRules.h"

#include "auxact/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::auxact::registerAllAuxAct(registry);
  mlir::auxact::registerAllAuxActPasses();
  registry.insert<mlir::auxact::test::TestRulesDialect>();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "auxact optimizer driver for tests\n", registry));
}
