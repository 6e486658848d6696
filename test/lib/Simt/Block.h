//===- Block.h - The threads of one block -----------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//
//
// Blocks of a grid run one after another, the threads of a block as fibers that
// are switched only where one has to wait for others: at barriers and at
// operations of a whole warp.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_BLOCK_H
#define AUXACT_TEST_LIB_SIMT_BLOCK_H

#include "AsyncCopies.h"
#include "Barriers.h"
#include "Clock.h"
#include "Fiber.h"
#include "Warp.h"

#include <vector>

namespace auxact::simt {

struct Launch {
  const char *kernel = "";
  /// Reads the kernel's arguments through the array and calls it.
  void (*entry)(void **arguments) = nullptr;
  void **arguments = nullptr;
  unsigned grid[3] = {1, 1, 1}, block[3] = {1, 1, 1};
  /// Shared memory: all of it, and how much was asked for at launch.
  unsigned sharedBytes = 0, dynamicBytes = 0;
  /// Every access of the module is a multiple of so many bytes, aligned to it.
  unsigned granule = 1;
};

struct Thread {
  enum State { Ready, Waiting, Done };

  unsigned index = 0, id[3] = {0, 0, 0};
  State state = Done;
  Fiber fiber;
  /// What a waiting thread waits for.
  const Site *site = nullptr;
  AsyncCopies copies;

  unsigned lane() const { return index % Warp::size; }
  unsigned warp() const { return index / Warp::size; }
};

class Block {
public:
  /// Runs the blocks of a grid in an order that `seed` chooses (0: ascending);
  /// false when something was reported.
  static bool runGrid(const Launch &launch, uint64_t seed);

  /// The block whose thread is running, and that thread.
  static Block &running();
  Thread &self() { return *current; }
  const Thread &self() const { return *current; }
  const Launch &launch() const { return *grid; }
  unsigned index(int dimension) const { return position[dimension]; }
  unsigned threadCount() const { return count; }
  Thread &thread(unsigned index) { return threads[index]; }
  Warp &warp() { return warps[current->warp()]; }

  Clock clock;
  Barriers barriers;

  /// Lets others run until somebody wakes the running thread.
  void suspend(const Site *site);
  void wake(Thread &thread);

  /// Leaves the running thread and gives up the launch.
  [[noreturn]] void abandon();

private:
  bool run(unsigned x, unsigned y, unsigned z);
  Thread *next();
  void reportDeadlock();
  uint64_t random();
  static void threadMain();

  const Launch *grid = nullptr;
  unsigned position[3] = {0, 0, 0};
  unsigned count = 0, live = 0;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  /// Threads that can run; those of this turn, the next one last.
  std::vector<unsigned> ready, turn;
  Fiber scheduler;
  Thread *current = nullptr;
  uint64_t randomState = 0;
  bool failed = false;
};

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_BLOCK_H
