//===- ScoreBlocks.h - How much each block matters --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_SCOREBLOCKS_H
#define FOVEA_REFERENCE_SCOREBLOCKS_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/Attend.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/Sequences.h"

namespace fovea::reference {

/// In tokens; the stride divides both blocks.
struct BlockSizes {
  int64_t block;       ///< l, tokens per compression window
  int64_t stride;      ///< d, tokens from a window to the next
  int64_t selectBlock; ///< l', tokens per selection block
};

/// W(i, j): the tokens that window `i` and selection block `j` share, in units
/// of the stride (Eq 9 in a form that needs no 1-based indices). An integer,
/// since the stride divides both blocks.
int64_t overlapWeight(int64_t i, int64_t j, const BlockSizes &sizes);

struct ScoreOperands {
  const Array &query; ///< [T, Hq, Dk]
  /// [at least T/d, Hkv, Dk], compressed keys at rows as compress places them.
  const Array &key;
  /// [T, Hq], natural log, of the compressed attention with the same scale.
  const Array &lse;
  ScoreFunction scoreFunction = nullptr; ///< the attention's
};

/// s[t,g,j] = sum over heads h of group g, sum over visible windows i of
/// W(i,j) * p[t,h,i], with p[t,h,i] = exp(scale * q[t,h].kc[i,g] - lse[t,h])
/// (Eq 8 to 10). The result is [T, Hkv, ceil(T / l')]; j counts the blocks of
/// the token's own sequence, and entries past them are 0, as are rows of
/// tokens that see no window. An error names the operand that does not fit.
llvm::Expected<Array> scoreBlocks(const ScoreOperands &operands,
                                  const BlockSizes &sizes, double scale,
                                  const Sequences &sequences,
                                  const ComputeOptions &options = {});

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_SCOREBLOCKS_H
