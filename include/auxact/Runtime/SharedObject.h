//===- SharedObject.h - Code from memory ------------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_SHAREDOBJECT_H
#define AUXACT_RUNTIME_SHAREDOBJECT_H

#include "auxact/Runtime/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace auxact::runtime {

/// A shared library opened from bytes: no file is written. Its code is valid as
/// long as the object lives.
class SharedObject {
public:
  static Expected<std::shared_ptr<SharedObject>>
  open(const std::vector<char> &bytes, const std::string &name);
  ~SharedObject();
  SharedObject(const SharedObject &) = delete;
  SharedObject &operator=(const SharedObject &) = delete;

  /// Null when there is no such symbol.
  void *lookup(const std::string &symbol) const;

private:
  SharedObject() = default;
  int descriptor = -1;
  void *handle = nullptr;
};

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_SHAREDOBJECT_H
