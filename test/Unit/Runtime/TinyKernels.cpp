//===- TinyKernels.cpp - The tiny program's kernels as a library ----------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "TinyProgram.h"

extern "C" {
void tiny_predict(void *const *args) { auxact::runtime::tiny::predict(args); }
void tiny_reduce(void *const *args) { auxact::runtime::tiny::reduce(args); }
void tiny_update(void *const *args) { auxact::runtime::tiny::update(args); }
}
