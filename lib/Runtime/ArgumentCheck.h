//===- ArgumentCheck.h - Do arrays fit an entry's inputs? -------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_LIB_RUNTIME_ARGUMENTCHECK_H
#define AUXACT_LIB_RUNTIME_ARGUMENTCHECK_H

#include "auxact/Runtime/ProgramSpec.h"

namespace auxact::runtime {

/// Dtype and shape; reads nothing of the array.
Error checkInputShape(const InputSpec &input, const ArrayView &view);

/// Labels and tokens, of which the input says so, must name a class or a row.
/// Reads the array.
Error checkLabels(const InputSpec &input, const ArrayView &view);

} // namespace auxact::runtime

#endif // AUXACT_LIB_RUNTIME_ARGUMENTCHECK_H
