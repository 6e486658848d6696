//===- Opcodes.cpp - Machine instructions, counted by name ----------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Opcodes.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

namespace mlir::auxact::gate {

namespace {
struct Opcode {
  uint16_t code; // nine bits
  const char *name;
  bool hasWidth;
};

constexpr Opcode opcodes[] = {
    // Arithmetic that contractions are made of.
    {0x03c, "HMMA", false},
    {0x1f0, "HGMMA", false},
    {0x023, "FFMA", false},
    {0x021, "FADD", false},
    {0x020, "FMUL", false},
    {0x108, "MUFU", false},
    // Global, shared and local memory.
    {0x181, "LDG", true},
    {0x186, "STG", true},
    {0x184, "LDS", true},
    {0x188, "STS", true},
    {0x183, "LDL", false},
    {0x187, "STL", false},
    {0x1ae, "LDGSTS", true},
    {0x03b, "LDSM", false},
    {0x1a8, "ATOMG", false},
    {0x18e, "RED", false},
    {0x1a6, "RED", false}, // of floats, sm_90
    {0x18c, "ATOMS", false},
    // Between threads.
    {0x11d, "BAR", false},
    {0x006, "VOTE", false},
    {0x189, "SHFL", false},
    {0x1af, "LDGDEPBAR", false},
    {0x11a, "DEPBAR", false},
    // Flow.
    {0x147, "BRA", false},
    {0x14d, "EXIT", false},
    {0x118, "NOP", false},
};

const Opcode *find(const Instruction &instruction) {
  const Opcode *found = std::find_if(
      std::begin(opcodes), std::end(opcodes),
      [&](const Opcode &o) { return o.code == (instruction.low & 0x1ff); });
  return found == std::end(opcodes) ? nullptr : found;
}

/// Bits 73…75: u8, s8, u16, s16, 32, 64, 128 bits.
int64_t widthOf(const Instruction &instruction) {
  static constexpr int64_t widths[] = {8, 8, 16, 16, 32, 64, 128, 128};
  return widths[(instruction.high >> 9) & 7];
}

/// How many instructions a branch goes on from the one behind it: a signed
/// number of bytes, which lies in other bits from sm_90 on (there in units of
/// four, its lowest eight bits apart).
int64_t branchDistance(const Instruction &branch, int64_t chip) {
  uint64_t upper = branch.high & 0x3ffff;
  if (chip >= 90)
    return llvm::SignExtend64<56>(((branch.low >> 34 | upper << 30) << 8) |
                                  ((branch.low >> 16) & 0xff)) /
           4;
  return llvm::SignExtend64<50>(branch.low >> 32 | upper << 32) / 16;
}
} // namespace

std::string nameOf(const Instruction &instruction) {
  const Opcode *opcode = find(instruction);
  if (!opcode)
    return "other";
  std::string name = opcode->name;
  if (opcode->hasWidth)
    name += "." + std::to_string(widthOf(instruction));
  return name;
}

Histogram count(const CubinKernel &kernel, Range range) {
  Histogram histogram;
  for (size_t i = range.first; i < range.last; ++i)
    ++histogram[nameOf(kernel.code[i])];
  return histogram;
}

Histogram count(const CubinKernel &kernel) {
  return count(kernel, {0, kernel.code.size()});
}

Range innermostLoop(const CubinKernel &kernel, int64_t chip,
                    llvm::StringRef name) {
  // How many of them there are in front of each instruction.
  std::vector<int64_t> before = {0};
  for (const Instruction &instruction : kernel.code)
    before.push_back(before.back() + (nameOf(instruction) == name));
  auto held = [&](Range range) {
    return before[range.last] - before[range.first];
  };

  std::vector<Range> loops;
  for (size_t i = 0; i < kernel.code.size(); ++i) {
    if (nameOf(kernel.code[i]) != "BRA")
      continue;
    int64_t target =
        static_cast<int64_t>(i) + 1 + branchDistance(kernel.code[i], chip);
    // Behind the last instruction of a kernel stands a branch to itself.
    if (target < 0 || target >= static_cast<int64_t>(i))
      continue;
    Range loop{static_cast<size_t>(target), i + 1};
    if (held(loop) > 0)
      loops.push_back(loop);
  }
  Range best;
  for (Range loop : loops) {
    bool innermost = std::none_of(loops.begin(), loops.end(), [&](Range inner) {
      return inner.first >= loop.first && inner.last <= loop.last &&
             inner.last - inner.first < loop.last - loop.first;
    });
    if (innermost && held(loop) > held(best))
      best = loop;
  }
  return best;
}

} // namespace mlir::auxact::gate
