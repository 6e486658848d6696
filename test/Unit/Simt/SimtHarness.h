//===- SimtHarness.h - Kernels as text, run by the executor -----*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_UNIT_SIMT_SIMTHARNESS_H
#define AUXACT_TEST_UNIT_SIMT_SIMTHARNESS_H

#include "../../../lib/Runtime/CudaDriver.h"

#include "gtest/gtest.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#define AUXACT_DECLARE(name, parameters) extern "C" CUresult name parameters;
AUXACT_CUDA_DRIVER_FUNCTIONS(AUXACT_DECLARE)
#undef AUXACT_DECLARE
extern "C" const char *auxactSimtLastReport();

/// Device memory of exactly the size of its values.
template <typename T>
struct Array {
  explicit Array(size_t size) : size(size) {
    EXPECT_EQ(cuMemAlloc_v2(&address, size * sizeof(T)), CUDA_SUCCESS);
  }
  explicit Array(const std::vector<T> &values) : Array(values.size()) {
    EXPECT_EQ(
        cuMemcpyHtoDAsync_v2(address, values.data(), size * sizeof(T), nullptr),
        CUDA_SUCCESS);
  }
  std::vector<T> values() const {
    std::vector<T> result(size);
    EXPECT_EQ(
        cuMemcpyDtoHAsync_v2(result.data(), address, size * sizeof(T), nullptr),
        CUDA_SUCCESS);
    return result;
  }
  CUdeviceptr address = 0;
  size_t size;
};

struct Shape {
  unsigned blocks = 1, threads = 32, sharedBytes = 0;
};

/// Each test has a fresh context.
class SimtTest : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  /// LLVM IR as text, to bitcode; the shared declarations are put before it.
  static std::string assemble(const std::string &text);
  static CUfunction load(const std::string &text, const char *name = "k");
  /// The driver's result; pointers and numbers are passed as they are.
  template <typename... Arguments>
  static CUresult launch(CUfunction function, Shape shape,
                         Arguments... arguments) {
    void *pointers[] = {&arguments..., nullptr};
    return cuLaunchKernel(function, shape.blocks, 1, 1, shape.threads, 1, 1,
                          shape.sharedBytes, nullptr, pointers, nullptr);
  }
  /// Launches; whether it failed with a report that contains the text.
  template <typename... Arguments>
  static testing::AssertionResult reports(const char *text, CUfunction function,
                                          Shape shape, Arguments... arguments) {
    CUresult result = launch(function, shape, arguments...);
    if (result != CUDA_ERROR_LAUNCH_FAILED)
      return testing::AssertionFailure() << "the launch gives " << result;
    if (!std::strstr(auxactSimtLastReport(), text))
      return testing::AssertionFailure() << auxactSimtLastReport();
    return testing::AssertionSuccess();
  }
};

/// The kernel's text with one line changed or dropped, which must be there.
inline std::string replaced(std::string text, const std::string &what,
                            const std::string &by) {
  size_t place = text.find(what);
  EXPECT_NE(place, std::string::npos) << what;
  return text.replace(place, what.size(), by);
}

/// Runs the test's body with threads in order, and in several random orders.
template <typename Body>
void inManyOrders(Body body) {
  for (const char *seed : {"0", "1", "2", "3", "4"}) {
    SCOPED_TRACE(std::string("seed ") + seed);
    setenv("AUXACT_SIMT_SEED", seed, 1);
    body();
  }
  unsetenv("AUXACT_SIMT_SEED");
}

#endif // AUXACT_TEST_UNIT_SIMT_SIMTHARNESS_H
