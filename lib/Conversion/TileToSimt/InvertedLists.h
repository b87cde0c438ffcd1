//===- InvertedLists.h - index lists by block, by a block's warps -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A program has at most 32 blocks of tokens, one for each lane, and its warps share out
// the tokens of the run, 32 at a time, one for each lane. What a token's list names of
// the blocks is a word of bits; the words of 32 tokens are a square of bits, which
// turned over says for each block which of the tokens name it:
//
//         blocks 0 1 2 ..              tokens 0 1 2 ..
//   token 0      1 . . 1         block 0      1 1 . 1
//   token 1      1 . . .    ->   block 1      . . . .     its ones: how many, and which
//   token 2      . . 1 .         block 2      . . 1 .
//
// The first pass counts. Every warp then knows from shared memory how many tokens the
// warps before it have for each block, and the second pass writes: no atomics, and each
// number at its one place.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_INVERTEDLISTS_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_INVERTEDLISTS_H

#include "KernelFrame.h"

namespace fovea::tile_to_simt {

/// Shared memory that the inversion by so many warps needs.
int64_t invertedListsBytes(int64_t warps);

/// Writes the inversion of this program, with that memory at `counts`. Emits a
/// diagnostic and fails where a block's warps can not have it.
LogicalResult emitInvertLists(KernelFrame &frame, tile::InvertListsOp op, Value counts);

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_INVERTEDLISTS_H
