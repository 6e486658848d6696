//===- kernel_runner.cpp - One kernel on several threads ------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Runs the tasks of a kernel as the runtime does, for benchmarks.
//
//===----------------------------------------------------------------------===//

#include <cstdint>
#include <omp.h>
#include <vector>

/// `buffers` are the kernel's inputs and results, `workspaces` one a thread.
extern "C" void auxactRunKernel(void (*kernel)(void *const *),
                                void *const *buffers, int64_t count,
                                int64_t tasks, int64_t threads,
                                void *const *workspaces) {
#pragma omp parallel num_threads(threads)
  {
    std::vector<void *> args(buffers, buffers + count);
    int64_t task = 0;
    args.push_back(workspaces[omp_get_thread_num()]);
    args.push_back(&task);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < tasks; ++i) {
      task = i;
      kernel(args.data());
    }
  }
}
