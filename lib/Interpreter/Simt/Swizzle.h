//===- Swizzle.h - where the copy engine puts a byte ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_INTERPRETER_SIMT_SWIZZLE_H
#define FOVEA_LIB_INTERPRETER_SIMT_SWIZZLE_H

#include <cstdint>

namespace fovea::simt {

/// The place of the byte at `address` under a swizzle of `span` bytes, 0 for none: the
/// number of its 16-byte chunk within the span is changed by that of its 128-byte line
/// (PTX ISA, "Swizzling modes"). By the address alone, so that a descriptor may begin
/// anywhere in a row.
inline uint64_t swizzle(uint64_t address, int64_t span) {
  uint64_t chunks = span ? span / 16 - 1 : 0;
  return address ^ ((address >> 7 & chunks) << 4);
}

} // namespace fovea::simt

#endif // FOVEA_LIB_INTERPRETER_SIMT_SWIZZLE_H
