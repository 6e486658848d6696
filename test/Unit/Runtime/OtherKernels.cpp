//===- OtherKernels.cpp - A library without the tiny program's kernels ----===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

extern "C" void other_kernel(void *const *) {}
