//===- Error.h - Errors as values, without LLVM -----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// The runtime neither throws nor aborts: whatever can go wrong comes back as a
// message that names the expected and the actual.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_RUNTIME_ERROR_H
#define AUXACT_RUNTIME_ERROR_H

#include <optional>
#include <string>
#include <utility>

namespace auxact::runtime {

/// Success, or a message. True when it is an error, as in LLVM.
class [[nodiscard]] Error {
public:
  Error() = default;
  static Error success() { return Error(); }
  static Error failure(std::string message) {
    Error error;
    error.failed = true;
    error.text = std::move(message);
    return error;
  }

  explicit operator bool() const { return failed; }
  const std::string &message() const { return text; }

private:
  bool failed = false;
  std::string text;
};

/// A value, or the error that explains why there is none. True when there is a
/// value.
template <typename T>
class [[nodiscard]] Expected {
public:
  Expected(T value) : value(std::move(value)) {}
  Expected(Error error) : error(std::move(error)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }

  const std::string &message() const { return error.message(); }
  Error takeError() { return std::move(error); }

private:
  std::optional<T> value;
  Error error;
};

} // namespace auxact::runtime

#endif // AUXACT_RUNTIME_ERROR_H
