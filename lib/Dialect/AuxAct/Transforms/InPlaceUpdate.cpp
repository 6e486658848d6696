//===- InPlaceUpdate.cpp --------------------------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// May a kernel write over what it reads? *- C++ -*=== .
//
//===----------------------------------------------------------------------===//
//
// Whether a kernel's result may take the bytes of its input.
//
//===----------------------------------------------------------------------===//

#include "auxact/Dialect/AuxAct/Transforms/InPlaceUpdate.h"

#include "auxact/Dialect/AuxAct/Transforms/LaunchPlan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace mlir::auxact;

/// Whether `op` reads `value` at the index of its results, element by element.
static bool isElementwiseRead(linalg::LinalgOp op, Value value) {
  if (op.getNumParallelLoops() != op.getNumLoops())
    return false;
  for (OpOperand *input : op.getDpsInputOperands())
    if (input->get() == value)
      for (OpOperand &init : op.getDpsInitsMutable())
        if (op.getMatchingIndexingMap(input) !=
            op.getMatchingIndexingMap(&init))
          return false;
  return true;
}

Operation *mlir::auxact::findInPlaceConflict(FunctionOpInterface kernel,
                                             unsigned argument) {
  if (kernel.isExternal() || !isa<func::FuncOp>(kernel))
    return nullptr;
  SmallVector<Value> worklist = {kernel.getArgument(argument)};
  llvm::DenseSet<Value> seen(worklist.begin(), worklist.end());
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    for (Operation *user : value.getUsers()) {
      if (isa<func::ReturnOp>(user))
        continue;
      auto linalgOp = dyn_cast<linalg::LinalgOp>(user);
      bool elementwise =
          isView(user) || (linalgOp && isElementwiseRead(linalgOp, value));
      if (!elementwise)
        return user;
      for (Value next : user->getResults())
        if (seen.insert(next).second)
          worklist.push_back(next);
    }
  }
  return nullptr;
}

LogicalResult mlir::auxact::verifyInPlaceUpdate(LaunchOp launch,
                                                unsigned argument,
                                                StringRef state) {
  auto kernel = SymbolTable::lookupNearestSymbolFrom<FunctionOpInterface>(
      launch, launch.getKernelAttr());
  if (!kernel)
    return success();
  Operation *conflict = findInPlaceConflict(kernel, argument);
  if (!conflict)
    return success();
  auto diagnostic = launch.emitOpError()
                    << "overwrites '" << state << "' while '"
                    << launch.getKernel()
                    << "' reads its old value at other places than it writes";
  diagnostic.attachNote(conflict->getLoc()) << "this operation reads it";
  return diagnostic;
}
