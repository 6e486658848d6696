//===- InPlaceUpdate.h ------------------------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// May a kernel write over what it reads?.
//
//===----------------------------------------------------------------------===//
//
// Whether a kernel's result may take the bytes of its input.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_DIALECT_AUXACT_TRANSFORMS_INPLACEUPDATE_H
#define AUXACT_DIALECT_AUXACT_TRANSFORMS_INPLACEUPDATE_H

#include "auxact/Dialect/AuxAct/IR/AuxActOps.h"

#include "mlir/Interfaces/FunctionInterfaces.h"

namespace mlir::auxact {

/// The operation because of which no result of `kernel` may take the bytes of
/// its argument `argument`, or null where one may. Tasks run in any order, so
/// every read must be at the index of the write: through elementwise
/// operations, never through a contraction, reduction or broadcast. A kernel
/// whose body is compiled already has nothing to look at and gives null.
Operation *findInPlaceConflict(FunctionOpInterface kernel, unsigned argument);

/// Emits an error at `launch` where its kernel has such a conflict.
LogicalResult verifyInPlaceUpdate(LaunchOp launch, unsigned argument,
                                  StringRef state);

} // namespace mlir::auxact

#endif // AUXACT_DIALECT_AUXACT_TRANSFORMS_INPLACEUPDATE_H
