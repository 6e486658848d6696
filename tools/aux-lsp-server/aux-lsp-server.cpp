//===- aux-lsp-server.cpp - Language server for auxact files --------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Serves editors that open auxact's MLIR files.
//
//===----------------------------------------------------------------------===//

#include "auxact/InitAll.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::auxact::registerAllAuxAct(registry);
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry));
}
