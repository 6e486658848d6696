//===- Image.cpp - What a module's image is -------------------------------===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#include "Image.h"

#include "llvm/Bitcode/LLVMBitCodes.h"
#include "llvm/Bitstream/BitCodeEnums.h"
#include "llvm/Support/Endian.h"

#include <cstring>

namespace auxact::simt {

ImageKind imageKind(const void *image) {
  if (!std::memcmp(image, "BC\xC0\xDE", 4))
    return ImageKind::Bitcode;
  if (!std::memcmp(image,
                   "\x7F"
                   "ELF",
                   4))
    return ImageKind::Cubin;
  return ImageKind::Text;
}

// After the magic number come blocks, each with a head of two words: the way to
// say "block" (two bits), its number (eight), and its size in words. The table
// of strings is the last.
size_t bitcodeBytes(const void *image) {
  auto word = [&](size_t offset) {
    return llvm::support::endian::read32le(static_cast<const char *>(image) +
                                           offset);
  };
  size_t offset = 4;
  unsigned block = 0;
  while (block != llvm::bitc::STRTAB_BLOCK_ID &&
         (word(offset) & 3) == llvm::bitc::ENTER_SUBBLOCK) {
    block = word(offset) >> 2 & 0xFF;
    offset += 8 + 4 * size_t(word(offset + 4));
  }
  return offset;
}

} // namespace auxact::simt
