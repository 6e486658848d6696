//===- Module.cpp - The extension module `_auxact` ------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Module.h"

NB_MODULE(_auxact, module) {
  module.doc() = "Private: the compiled half of auxact.";
  auxact::python::defineArena(module);
  auxact::python::defineModelQueries(module);
  auxact::python::defineSession(module);
  auxact::python::defineSharedArrays(module);
}
