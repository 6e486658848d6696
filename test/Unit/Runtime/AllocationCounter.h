//===- AllocationCounter.h - Counts heap allocations ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_UNIT_RUNTIME_ALLOCATIONCOUNTER_H
#define AUXACT_TEST_UNIT_RUNTIME_ALLOCATIONCOUNTER_H

#include <cstdint>

/// Calls of malloc, calloc, realloc and their aligned kin so far, by all
/// threads of this test binary, the OpenMP runtime's included.
int64_t countAllocations();

#endif // AUXACT_TEST_UNIT_RUNTIME_ALLOCATIONCOUNTER_H
