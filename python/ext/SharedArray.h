//===- SharedArray.h - Memory of a program for Python -----------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Arrays that a program lends, wherever they lie, and DLPack capsules over them
// for other libraries.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PYTHON_SHAREDARRAY_H
#define AUXACT_PYTHON_SHAREDARRAY_H

#include "auxact/Runtime/DLPack.h"

#include <nanobind/nanobind.h>

namespace auxact::python {

/// Address, DLPack's device type and index, and what keeps the memory alive;
/// takes the tensor over.
nanobind::tuple describeShared(runtime::DLManagedTensor *tensor);

} // namespace auxact::python

#endif // AUXACT_PYTHON_SHAREDARRAY_H
