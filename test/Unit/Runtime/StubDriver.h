//===- StubDriver.h - Tests over a stub of the CUDA driver ------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_UNIT_RUNTIME_STUBDRIVER_H
#define AUXACT_TEST_UNIT_RUNTIME_STUBDRIVER_H

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include <dlfcn.h>

namespace auxact::runtime {

/// Points the runtime to the stub and looks at what it was asked for.
class StubDriver : public testing::Test {
protected:
  void SetUp() override {
    setenv("AUXACT_CUDA_DRIVER", AUXACT_STUB_CUDA, 1);
    unsetenv("AUXACT_STUB");
    unsetenv("AUXACT_CUDA_DEVICE");
    library = dlopen(AUXACT_STUB_CUDA, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    find<void()>("auxactStubReset")();
  }
  void TearDown() override {
    // Whatever a test did: nothing of the driver is left behind.
    EXPECT_EQ(find<int()>("auxactStubLive")(), 0);
    unsetenv("AUXACT_STUB");
    unsetenv("AUXACT_CUDA_DRIVER");
    dlclose(library);
  }

  template <typename Function>
  Function *find(const char *name) {
    auto *address = reinterpret_cast<Function *>(dlsym(library, name));
    EXPECT_NE(address, nullptr) << name;
    return address;
  }

  static void tell(const std::string &settings) {
    setenv("AUXACT_STUB", settings.c_str(), 1);
  }

  std::string trace() { return find<const char *()>("auxactStubTrace")(); }
  void clearTrace() { find<void()>("auxactStubReset")(); }

  /// How often a function was called; with more of the line, so called.
  int calls(const std::string &what) {
    std::string text = "\n" + trace();
    int count = 0;
    for (size_t at = text.find("\n" + what); at != std::string::npos;
         at = text.find("\n" + what, at + 1)) {
      char next = text[at + 1 + what.size()];
      count += next == '\n' || next == ' ';
    }
    return count;
  }

  void *library = nullptr;
};

inline std::string without(const std::string &text, const std::string &part) {
  return text.find(part) != std::string::npos ? "" : text;
}

} // namespace auxact::runtime

/// `text` contains `part`; if not, shows it.
#define EXPECT_CONTAINS(TEXT, PART)                                            \
  EXPECT_EQ("", ::auxact::runtime::without(TEXT, PART)) << "lacks: " << (PART)

#endif // AUXACT_TEST_UNIT_RUNTIME_STUBDRIVER_H
