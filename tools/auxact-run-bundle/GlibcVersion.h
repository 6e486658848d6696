//===- GlibcVersion.h - The oldest glibc this program runs on ---*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TOOLS_AUXACT_RUN_BUNDLE_GLIBCVERSION_H
#define AUXACT_TOOLS_AUXACT_RUN_BUNDLE_GLIBCVERSION_H

#include <string>

namespace auxact {

/// The newest version of glibc's symbols that the running program needs, such
/// as "2.34": read from its own dynamic section, so that it is right wherever
/// the program was built.
std::string findNeededGlibc();

} // namespace auxact

#endif // AUXACT_TOOLS_AUXACT_RUN_BUNDLE_GLIBCVERSION_H
