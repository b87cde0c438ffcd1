//===- InvertLists.h - The tokens that list each block ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_INVERTLISTS_H
#define FOVEA_REFERENCE_INVERTLISTS_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/Sequences.h"

namespace fovea::reference {

/// Block lists by block: of each block of a sequence and KV head the tokens that list
/// it, ascending.
struct InvertedLists {
  /// [T, Hkv, 2]: row cu[s] + b * block has the segment of block b of sequence s,
  /// [begin, end) among the head's entries; the other rows hold 0.
  IndexArray bounds;
  /// [T, Hkv, n] as storage of [Hkv, T * n]: positions of tokens in their sequence; -1
  /// outside of segments.
  IndexArray entries;
};

/// Inverts `indices` [T, Hkv, n] of blocks of `block` tokens. A segment begins behind
/// as many entries as the sequence's lists have of lower blocks; numbers of no block
/// are left out. An error if a shape does not fit.
llvm::Expected<InvertedLists> invertLists(const IndexArray &indices, int64_t block,
                                          const Sequences &sequences);

/// The lists that `lists` are of, [T, Hkv, n]: ascending and each block once, then -1;
/// n is the length of the longest, at least 1. An error if a segment is outside of its
/// sequence's entries, or names a token that the sequence does not have.
llvm::Expected<IndexArray> revertLists(const InvertedLists &lists, int64_t block,
                                       const Sequences &sequences);

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_INVERTLISTS_H
