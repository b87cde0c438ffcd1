//===- SharedSlots.h - where the tiles of a ring begin ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_SHAREDSLOTS_H
#define FOVEA_DIALECT_TILE_IR_SHAREDSLOTS_H

#include "llvm/Support/MathExtras.h"

#include <cstdint>

namespace fovea::tile {

/// A slot of a ring begins at a multiple of it, in bytes of shared memory: a swizzle's
/// pattern repeats so often.
inline constexpr int64_t kSlotAlignment = 1024;

/// What a slot for a tile of `tileBytes` takes.
inline int64_t getSlotBytes(int64_t tileBytes) {
  return llvm::alignTo(tileBytes, kSlotAlignment);
}

/// What a slot for `bytes` of values takes, which have no swizzle.
inline int64_t getValuesBytes(int64_t bytes) { return llvm::alignTo(bytes, 128); }

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_SHAREDSLOTS_H
