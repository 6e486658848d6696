//===- EntryPoints.h - What compiled kernels call ---------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Instrumented code calls these functions in place of what a GPU does by
// itself. `site` is where in the kernel the call stands.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_ENTRYPOINTS_H
#define AUXACT_TEST_LIB_SIMT_ENTRYPOINTS_H

#include "Report.h"

namespace auxact::simt {

/// Special registers, by number: tid, ctaid, ntid, nctaid at three each.
enum Register : uint32_t {
  ThreadId = 0,
  BlockId = 3,
  ThreadCount = 6,
  BlockCount = 9,
  LaneId = 12,
  WarpId,
  WarpCount,
  LanesBelow,
  LanesUpTo,
  LanesAbove,
  LanesFrom,
  OwnLane,
  DynamicSharedBytes
};
enum class Vote : uint32_t { All, Any, Uniform, Ballot };
enum class Shuffle : uint32_t { Up, Down, Butterfly, Index };
enum class MatrixType : uint32_t { BFloat16, Half, TensorFloat32 };
enum class Arithmetic : uint32_t {
  Add,
  Multiply,
  Divide,
  FusedMultiplyAdd,
  SquareRoot
};

} // namespace auxact::simt

/// F(result, name, (parameters)).
#define AUXACT_SIMT_ENTRY_POINTS(F)                                            \
  F(uint32_t, auxactSimtRegister, (uint32_t number))                           \
  F(void, auxactSimtAccess, (const Site *site, char *address))                 \
  F(void, auxactSimtRangeAccess,                                               \
    (const Site *site, char *address, uint64_t bytes))                         \
  F(void, auxactSimtMaskedAccess,                                              \
    (const Site *site, char *address, uint64_t mask))                          \
  F(void, auxactSimtTrap, (const Site *site))                                  \
  F(uint32_t, auxactSimtBarrier,                                               \
    (const Site *site, uint32_t id, uint32_t count, uint32_t aligned,          \
     uint32_t reduction, uint32_t predicate))                                  \
  F(void, auxactSimtWarpBarrier, (const Site *site, uint32_t mask))            \
  F(uint32_t, auxactSimtVote,                                                  \
    (const Site *site, uint32_t vote, uint32_t mask, uint32_t predicate))      \
  F(uint64_t, auxactSimtShuffle,                                               \
    (const Site *site, uint32_t mode, uint32_t mask, uint32_t value,           \
     uint32_t b, uint32_t c))                                                  \
  F(uint64_t, auxactSimtElect, (const Site *site, uint32_t mask))              \
  F(void, auxactSimtCopyAsync,                                                 \
    (const Site *site, char *to, char *from, uint32_t sourceBytes))            \
  F(void, auxactSimtCommitCopies, (const Site *site))                          \
  F(void, auxactSimtWaitForCopies, (const Site *site, uint32_t groups))        \
  F(void, auxactSimtWaitForAllCopies, (const Site *site))                      \
  F(void, auxactSimtLoadMatrices,                                              \
    (const Site *site, char *row, uint32_t count, uint32_t transposed,         \
     uint32_t *out))                                                           \
  F(void, auxactSimtMultiply,                                                  \
    (const Site *site, uint32_t type, uint32_t depth, const uint32_t *in,      \
     float *out))                                                              \
  F(float, auxactSimtRoundedFloat,                                             \
    (uint32_t operation, uint32_t mode, float a, float b, float c))            \
  F(double, auxactSimtRoundedDouble,                                           \
    (uint32_t operation, uint32_t mode, double a, double b, double c))         \
  F(uint32_t, auxactSimtPermute, (uint32_t a, uint32_t b, uint32_t selector))  \
  F(uint32_t, auxactSimtTensorFloat, (float value, uint32_t toEven))           \
  F(float, auxactSimtTruncateToBFloat, (float value))

namespace auxact::simt {
#define AUXACT_SIMT_DECLARE(result, name, parameters)                          \
  extern "C" result name parameters;
AUXACT_SIMT_ENTRY_POINTS(AUXACT_SIMT_DECLARE)
#undef AUXACT_SIMT_DECLARE
} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_ENTRYPOINTS_H
