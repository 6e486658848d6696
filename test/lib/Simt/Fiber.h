//===- Fiber.h - A stack of its own for every thread ------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_FIBER_H
#define AUXACT_TEST_LIB_SIMT_FIBER_H

#include <cstddef>
#include <cstdint>

namespace auxact::simt {

/// A flow of control that is switched to and away from by hand.
class Fiber {
public:
  /// Stacks are reused: fiber `slot` of the next block gets the same one. Only
  /// pages that are touched take memory; unrolled loops keep thousands of
  /// values on the stack.
  static constexpr size_t stackBytes = 1 << 20;
  static constexpr size_t maxFibers = 1024;

  /// Makes the fiber start at `entry`, which never returns.
  void start(unsigned slot, void (*entry)());

  /// Goes on with `to`; returns when something switches back to `from`.
  static void switchTo(Fiber &from, Fiber &to);

  /// The slot whose stack holds `address`, or -1.
  static int slotOf(const void *address);

private:
  void *stackPointer = nullptr;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_FIBER_H
