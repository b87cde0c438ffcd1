//===- GpuDemand.h - what a kernel needs of a GPU ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_GPUDEMAND_H
#define FOVEA_TUNING_GPUDEMAND_H

#include "fovea/Dialect/Attn/IR/Attn.h"

#include <cstdint>

namespace fovea::tuning {

/// What a kernel that visits key blocks needs, whatever its schedule.
struct GpuDemand {
  int64_t group = 1;         ///< heads per KV head
  int64_t queryColumns = 0;  ///< of what a query's row has in shared memory: Dk
  int64_t keyColumns = 0;    ///< Dk + Dv of one key, the most of the operations
  int64_t keyTile = 0;       ///< Dk of these
  int64_t valueTile = 0;     ///< Dv of these; 0 where keys are the values
  int64_t valueColumns = 0;  ///< Dv of the accumulators that live at once, at most
  int64_t liveColumns = 0;   ///< those that live behind the last operation
  int64_t scoreTiles = 1;    ///< f32 tiles of a visit's scores that live at once
  int64_t branchColumns = 0; ///< Dv of what an epilogue loads, at most
  int64_t maxTokens = 1 << 20;
  int64_t keysDivide = 0;    ///< keys divide it; 0: any
  int64_t listed = 0;        ///< blocks that an index list names
  int64_t keysMultiple = 16; ///< and are a multiple of this
  int64_t leastKeys = 16;
  bool fewQueries = false; ///< of a sequence
  int64_t pageSlots = 0;   ///< rows of a page, of which key tiles are made; 0: no pages
  double rangedKeys = 0;   ///< that a query visits in ranges of blocks, and whose
                           ///< values, other rows than theirs, it sums, on average
                           ///< in 65536 tokens
  bool scores = false;     ///< sums per token go through shared memory
  int64_t keysPerBlock = 0; ///< of index scores, whose maxima are ranked; else 0
  int64_t rankedKeys = 1;   ///< keys of a block that a top-k ranks
  int64_t topk = 0;         ///< entries of a top-k
  int64_t topks = 0;        ///< how many there are

  /// Whether a visit's products overlap by where they are waited for: of a gradient's
  /// visit all but the last are there before one is read, and who takes keys from pages
  /// carries no tile on.
  bool waitsLate() const { return scoreTiles > 1 || pageSlots; }
  /// Whether tiles of so many keys can be copied.
  bool fitsPages(int64_t keys) const {
    return !pageSlots || attn::fitsPages(pageSlots, keys);
  }
};

} // namespace fovea::tuning

#endif // FOVEA_TUNING_GPUDEMAND_H
