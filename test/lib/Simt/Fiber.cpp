//===- Fiber.cpp - A stack of its own for every thread --------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Fiber.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

#ifndef __x86_64__
#error "the switch between fibers is written for x86-64"
#endif

// Saves what the calling convention asks a callee to keep, changes stacks, and
// returns on the other one.
asm(R"(
  .text
  .p2align 4
  .type auxactSimtSwitch, @function
auxactSimtSwitch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .size auxactSimtSwitch, .-auxactSimtSwitch
)");
extern "C" __attribute__((visibility("hidden"))) void
auxactSimtSwitch(void **saved, void *next);

namespace auxact::simt {

// Room below each stack that must not be touched: an overflow ends the process
// and not the neighbour.
static constexpr size_t guardBytes = 4096;
static constexpr size_t slotBytes = Fiber::stackBytes + guardBytes;

static char *stacks() {
  static char *const base = [] {
    void *memory =
        mmap(nullptr, slotBytes * Fiber::maxFibers, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      std::perror("auxact-simt: no address space for the threads' stacks");
      std::abort();
    }
    for (size_t i = 0; i < Fiber::maxFibers; ++i)
      mprotect(static_cast<char *>(memory) + i * slotBytes, guardBytes,
               PROT_NONE);
    return static_cast<char *>(memory);
  }();
  return base;
}

void Fiber::start(unsigned slot, void (*entry)()) {
  char *top = stacks() + (slot + 1) * slotBytes;
  // Popped by the switch: six registers, then where to return to. On entry to a
  // function the stack pointer is 8 away from a multiple of 16.
  void **frame = reinterpret_cast<void **>(top - 64);
  for (int i = 0; i < 6; ++i)
    frame[i] = nullptr;
  frame[6] = reinterpret_cast<void *>(entry);
  frame[7] = nullptr;
  stackPointer = frame;
}

void Fiber::switchTo(Fiber &from, Fiber &to) {
  auxactSimtSwitch(&from.stackPointer, to.stackPointer);
}

int Fiber::slotOf(const void *address) {
  size_t offset = static_cast<const char *>(address) - stacks();
  return offset < slotBytes * maxFibers ? int(offset / slotBytes) : -1;
}

} // namespace auxact::simt
