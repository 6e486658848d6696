//===- Module.h - Parts of the extension module -----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The module is private: the public names, their checks and their documentation
// are plain Python.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PYTHON_MODULE_H
#define AUXACT_PYTHON_MODULE_H

#include <nanobind/nanobind.h>

namespace auxact::python {

void defineArena(nanobind::module_ &module);
void defineModelQueries(nanobind::module_ &module);
void defineSession(nanobind::module_ &module);
void defineSharedArrays(nanobind::module_ &module);

} // namespace auxact::python

#endif // AUXACT_PYTHON_MODULE_H
