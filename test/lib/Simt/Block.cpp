//===- Block.cpp - The threads of one block -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include "Report.h"
#include "SharedMemory.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace auxact::simt {

static Block block;

Block &Block::running() { return block; }

uint64_t Block::random() {
  // xorshift64*: good enough to shuffle, and the same everywhere.
  randomState ^= randomState >> 12;
  randomState ^= randomState << 25;
  randomState ^= randomState >> 27;
  return randomState * 0x2545F4914F6CDD1Dull >> 16;
}

bool Block::runGrid(const Launch &launch, uint64_t seed) {
  block.grid = &launch;
  block.count = launch.block[0] * launch.block[1] * launch.block[2];
  block.randomState = seed * 0x9E3779B97F4A7C15ull;
  block.clock.startLaunch();
  uint64_t blocks = uint64_t(launch.grid[0]) * launch.grid[1] * launch.grid[2];
  std::vector<uint64_t> order(blocks);
  for (uint64_t i = 0; i < blocks; ++i)
    order[i] = i;
  if (block.randomState)
    for (uint64_t i = blocks; i > 1; --i)
      std::swap(order[i - 1], order[block.random() % i]);
  for (uint64_t i : order)
    if (!block.run(i % launch.grid[0], i / launch.grid[0] % launch.grid[1],
                   i / launch.grid[0] / launch.grid[1]))
      return false;
  return true;
}

bool Block::run(unsigned x, unsigned y, unsigned z) {
  position[0] = x, position[1] = y, position[2] = z;
  clock.startBlock();
  SharedMemory::poison(grid->sharedBytes);
  // Threads and warps keep their memory from block to block.
  if (threads.size() < count)
    threads.resize(count);
  if (warps.size() < (count + Warp::size - 1) / Warp::size)
    warps.resize((count + Warp::size - 1) / Warp::size);
  for (Warp &warp : warps)
    warp.reset();
  barriers = Barriers();
  ready.clear();
  turn.clear();
  for (unsigned i = 0; i < count; ++i) {
    Thread &thread = threads[i];
    thread.index = i;
    thread.id[0] = i % grid->block[0];
    thread.id[1] = i / grid->block[0] % grid->block[1];
    thread.id[2] = i / grid->block[0] / grid->block[1];
    thread.copies.clear();
    thread.fiber.start(i, threadMain);
    wake(thread);
  }
  live = count;
  failed = false;
  while (live && !failed) {
    current = next();
    if (!current) {
      reportDeadlock();
      return false;
    }
    Fiber::switchTo(scheduler, current->fiber);
  }
  return !failed;
}

void Block::threadMain() {
  block.grid->entry(block.grid->arguments);
  block.current->state = Thread::Done;
  --block.live;
  Fiber::switchTo(block.current->fiber, block.scheduler);
  std::abort();
}

void Block::wake(Thread &thread) {
  thread.state = Thread::Ready;
  ready.push_back(thread.index);
}

// In random order any thread that can run may be next; otherwise it is the one
// that has waited longest.
Thread *Block::next() {
  if (randomState && !ready.empty()) {
    std::swap(ready[random() % ready.size()], ready.back());
    unsigned index = ready.back();
    ready.pop_back();
    return &threads[index];
  }
  if (turn.empty()) {
    turn.swap(ready);
    std::reverse(turn.begin(), turn.end());
  }
  if (turn.empty())
    return nullptr;
  unsigned index = turn.back();
  turn.pop_back();
  return &threads[index];
}

void Block::suspend(const Site *site) {
  current->state = Thread::Waiting;
  current->site = site;
  Fiber::switchTo(current->fiber, scheduler);
}

void Block::abandon() {
  failed = true;
  Fiber::switchTo(current->fiber, scheduler);
  std::abort();
}

// Every thread waits or has returned: say how many wait where.
void Block::reportDeadlock() {
  std::string text;
  unsigned done = count;
  std::vector<const Site *> seen;
  for (unsigned i = 0; i < count; ++i) {
    if (threads[i].state != Thread::Waiting)
      continue;
    const Site *site = threads[i].site;
    unsigned here = 0;
    if (std::find(seen.begin(), seen.end(), site) == seen.end()) {
      for (unsigned j = i; j < count; ++j)
        here += threads[j].state == Thread::Waiting && threads[j].site == site;
      text += "; " + std::to_string(here) + " wait (the first is thread " +
              std::to_string(i) + ") [" + site->what + " at " + site->location +
              "]";
      seen.push_back(site);
    }
    --done;
  }
  reportOutside("kernel '%s', block (%u, %u, %u): divergent barrier: of %u "
                "threads none can go on; %u have returned%s",
                grid->kernel, position[0], position[1], position[2], count,
                done, text.c_str());
}

} // namespace auxact::simt
