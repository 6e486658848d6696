//===- Registers.cpp - Special registers ----------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Block.h"
#include "EntryPoints.h"

using namespace auxact::simt;

uint32_t auxact::simt::auxactSimtRegister(uint32_t number) {
  Block &block = Block::running();
  const Thread &thread = block.self();
  uint32_t own = 1u << thread.lane();
  switch (number) {
  case LaneId:
    return thread.lane();
  case WarpId:
    return thread.warp();
  case WarpCount:
    return (block.threadCount() + Warp::size - 1) / Warp::size;
  case LanesBelow:
    return own - 1;
  case LanesUpTo:
    return (own - 1) | own;
  case LanesAbove:
    return ~((own - 1) | own);
  case LanesFrom:
    return ~(own - 1);
  case OwnLane:
    return own;
  case DynamicSharedBytes:
    return block.launch().dynamicBytes;
  }
  unsigned dimension = number % 3;
  switch (number - dimension) {
  case ThreadId:
    return thread.id[dimension];
  case BlockId:
    return block.index(dimension);
  case ThreadCount:
    return block.launch().block[dimension];
  default:
    return block.launch().grid[dimension];
  }
}
