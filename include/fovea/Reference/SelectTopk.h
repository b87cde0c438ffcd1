//===- SelectTopk.h - The blocks that a query reads -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_SELECTTOPK_H
#define FOVEA_REFERENCE_SELECTTOPK_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/Sequences.h"

namespace fovea::reference {

struct SelectOptions {
  int64_t selectBlock; ///< l', tokens per selection block
  int64_t count;       ///< n, slots per query, forced blocks included
  int64_t initial;     ///< forced blocks at the sequence's start
  int64_t local;       ///< forced blocks that end at the query's own
};

/// Chooses blocks j <= b for the query at position t, b = floor(t / l'), of
/// each KV head (Eq 11): the forced {0 .. initial-1} and {max(0, b-local+1) ..
/// b}, then the others by score, descending. Among equal scores the lowest j
/// wins; a score of NaN or -inf is never taken.
///
/// `scores` is [T, Hkv, N] with N at least the blocks of the longest sequence.
/// The result is [T, Hkv, n]: ascending block numbers within the sequence, then
/// -1 in unused slots (all of them for a token of no sequence). An error if
/// n < initial + local, or if a shape does not fit.
llvm::Expected<IndexArray> selectTopk(const Array &scores, const SelectOptions &options,
                                      const Sequences &sequences);

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_SELECTTOPK_H
