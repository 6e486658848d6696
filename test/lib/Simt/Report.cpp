//===- Report.cpp - What the executor finds wrong -------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Report.h"

#include "Block.h"

#include <cstdarg>
#include <cstdio>

namespace auxact::simt {

// Not on a fiber's stack, which is small.
static char lastReport[4096];

static void append(size_t &length, const char *format, va_list arguments) {
  int added = std::vsnprintf(lastReport + length, sizeof(lastReport) - length,
                             format, arguments);
  if (added > 0)
    length = std::min(length + size_t(added), sizeof(lastReport) - 1);
}

static void append(size_t &length, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append(length, format, arguments);
  va_end(arguments);
}

void report(const Site *site, const char *format, ...) {
  const Block &block = Block::running();
  const Thread &thread = block.self();
  size_t length = 0;
  append(length,
         "kernel '%s', block (%u, %u, %u), thread %u: ", block.launch().kernel,
         block.index(0), block.index(1), block.index(2), thread.index);
  va_list arguments;
  va_start(arguments, format);
  append(length, format, arguments);
  va_end(arguments);
  if (site)
    append(length, " [%s at %s]", site->what.c_str(), site->location.c_str());
  std::fprintf(stderr, "auxact-simt: %s\n", lastReport);
  Block::running().abandon();
}

void reportOutside(const char *format, ...) {
  size_t length = 0;
  va_list arguments;
  va_start(arguments, format);
  append(length, format, arguments);
  va_end(arguments);
  std::fprintf(stderr, "auxact-simt: %s\n", lastReport);
}

} // namespace auxact::simt

extern "C" __attribute__((visibility("default"))) const char *
auxactSimtLastReport() {
  return auxact::simt::lastReport;
}
