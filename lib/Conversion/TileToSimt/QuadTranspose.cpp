//===- QuadTranspose.cpp - rows of fragments as memory has them -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "QuadTranspose.h"

using namespace mlir;

namespace fovea::tile_to_simt {

/// Blocks of 2 x 2, then the blocks themselves: of two words that differ in a bit, the
/// lane that lacks it sends the one with it, and the other way round.
void transposeQuads(ThreadBuilder &b, Value lane, std::array<Value, 4> &words) {
  for (int64_t bit : {1, 2}) {
    Value isUpper = b.notEqual(b.land(lane, bit), 0);
    for (int64_t low = 0; low < 4; ++low) {
      if (low & bit)
        continue;
      int64_t high = low | bit;
      Value sent = b.select(isUpper, words[low], words[high]);
      Value received = b.shuffleXor(sent, bit);
      words[low] = b.select(isUpper, received, words[low]);
      words[high] = b.select(isUpper, words[high], received);
    }
  }
}

} // namespace fovea::tile_to_simt
