//===- Errors.h - Errors of the compiler in Python --------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_PYTHON_ERRORS_H
#define AUXACT_PYTHON_ERRORS_H

#include "llvm/Support/Error.h"

#include <nanobind/nanobind.h>

#include <string>

namespace auxact::python {

/// Raises the exception that `auxact._diagnostics.error` makes of a text.
[[noreturn]] inline void raise(const char *kind, const std::string &text) {
  nanobind::object error = nanobind::module_::import_("auxact._diagnostics")
                               .attr("error")(kind, text);
  PyErr_SetObject(error.type().ptr(), error.ptr());
  throw nanobind::python_error();
}

[[noreturn]] inline void raise(const char *kind, llvm::Error error) {
  raise(kind, llvm::toString(std::move(error)));
}

template <typename T>
T unwrap(const char *kind, llvm::Expected<T> value) {
  if (!value)
    raise(kind, value.takeError());
  return std::move(*value);
}

} // namespace auxact::python

#endif // AUXACT_PYTHON_ERRORS_H
