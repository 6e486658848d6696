//===- Access.h - Checks of one access to memory ----------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_ACCESS_H
#define AUXACT_TEST_LIB_SIMT_ACCESS_H

#include "Report.h"

#include <cstddef>

namespace auxact::simt {

/// Each reports what is wrong with an access of the running thread: alignment,
/// bounds, races.
void checkAccess(const Site &site, char *address, size_t bytes);
/// The destination of a copy that is not there before it is waited for.
void checkAsyncWrite(const Site &site, char *address);
/// It is there now.
void recordLanding(const Site &site, char *address);
void checkGlobalRead(const Site &site, char *address, size_t bytes);
/// 16 bytes of shared memory that go to several lanes of the warp.
void checkMatrixRow(const Site &site, char *address);

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_ACCESS_H
