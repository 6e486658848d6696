//===- Image.h - What a module's image is -----------------------*- C++ -*-===//
//
// Part of auxact, under the MIT License. See LICENSE for license information.
//
//===----------------------------------------------------------------------===//

#ifndef AUXACT_TEST_LIB_SIMT_IMAGE_H
#define AUXACT_TEST_LIB_SIMT_IMAGE_H

#include <cstddef>

namespace auxact::simt {

enum class ImageKind { Bitcode, Cubin, Text };

ImageKind imageKind(const void *image);

/// The size of LLVM bitcode, which is handed over without it.
size_t bitcodeBytes(const void *image);

} // namespace auxact::simt

#endif // AUXACT_TEST_LIB_SIMT_IMAGE_H
