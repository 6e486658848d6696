//===- aux-reduce.cpp - Shrink a failing auxact input ---------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Shrinks an MLIR file while a script says that it still fails.
//
//===----------------------------------------------------------------------===//

#include "auxact/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Tools/mlir-reduce/MlirReduceMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::auxact::registerAllAuxAct(registry);
  mlir::auxact::registerAllAuxActPasses();
  mlir::MLIRContext context(registry);
  return mlir::failed(mlir::mlirReduceMain(argc, argv, context));
}
