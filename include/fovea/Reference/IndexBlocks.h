//===- IndexBlocks.h - What index heads say of each block -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_INDEXBLOCKS_H
#define FOVEA_REFERENCE_INDEXBLOCKS_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/KeySet.h"
#include "fovea/Reference/Sequences.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace fovea::reference {

struct IndexOperands {
  const Array &query; ///< [T, Hi, Di]
  const Array &key;   ///< [at least T/d, Hik, Di], rows as the key set places them
  /// [T, Hi], or null: every head weighs 1.
  const Array *weights = nullptr;
};

struct IndexOptions {
  int64_t kvHeads;     ///< Hkv: divides Hi, and Hik divides it
  int64_t selectBlock; ///< l', tokens of a block; the key set's stride divides it
  bool rectified;      ///< a product below 0 counts as 0
};

/// Calls `visit(token, kvHead, row, block)` for every key that a query of a token that
/// `options` includes sees: its row, and its block of `selectBlock` tokens, that of the
/// key's first one.
void visitIndexKeys(const KeySet &keySet, const IndexOptions &indexOptions,
                    const Sequences &sequences, const ComputeOptions &options,
                    llvm::function_ref<void(int64_t, int64_t, int64_t, int64_t)> visit);

/// s[t,g,j] = max over the keys u of block j that query t sees of sum over the Hi / Hkv
/// index heads h of g of w[t,h] * act(iq[t,h] . ik[u, g / (Hkv / Hik)]). Key u is of
/// the block that holds its first token. A key whose sum is NaN does not count. The
/// result is [T, Hkv, ceil(T / l')]; -inf where the query sees no key of the block, and
/// for tokens that are not computed. An error names the operand that does not fit.
llvm::Expected<Array> indexBlocks(const IndexOperands &operands, const KeySet &keySet,
                                  const IndexOptions &indexOptions,
                                  const Sequences &sequences,
                                  const ComputeOptions &options = {});

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_INDEXBLOCKS_H
