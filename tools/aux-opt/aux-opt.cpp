//===- aux-opt.cpp - Run auxact passes on MLIR files ----------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "auxact/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::auxact::registerAllAuxAct(registry);
  mlir::auxact::registerAllAuxActPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "auxact optimizer driver\n", registry));
}
