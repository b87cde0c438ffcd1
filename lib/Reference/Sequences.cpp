//===- Sequences.cpp - Sequences packed one after another -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/Sequences.h"

#include "llvm/ADT/Twine.h"

#include <limits>

using namespace fovea::reference;
using llvm::Twine;

static llvm::Error verifyOffsets(const std::vector<int32_t> &offsets, Twine name,
                                 int64_t most) {
  if (offsets.empty() || offsets.front() != 0)
    return llvm::createStringError(
        "expected " + name + " to start at 0, got " +
        (offsets.empty() ? Twine("none") : Twine(offsets.front())));
  for (size_t b = 0; b + 1 < offsets.size(); ++b)
    if (offsets[b + 1] < offsets[b])
      return llvm::createStringError(
          "expected " + name + " not to decrease, got " + Twine(offsets[b]) + " then " +
          Twine(offsets[b + 1]) + " at sequence " + Twine(b));
  if (offsets.back() > most)
    return llvm::createStringError("expected " + name + " to end at most at " +
                                   Twine(most) + " tokens, got " +
                                   Twine(offsets.back()));
  return llvm::Error::success();
}

llvm::Error Sequences::verify(int64_t numTokens, int64_t numQueries) const {
  if (llvm::Error error = verifyOffsets(
          offsets, hasQueries() ? "ends of keys" : "cu_seqlens", numTokens))
    return error;
  if (!hasQueries())
    return llvm::Error::success();
  if (llvm::Error error = verifyOffsets(queryOffsets, "ends of queries", numQueries))
    return error;
  bool hasLengths = lengths.empty() || lengths.size() == size_t(size());
  if (queryOffsets.size() != offsets.size() || !hasLengths)
    return llvm::createStringError(
        "expected ends of queries and of keys and lengths of as many sequences, got " +
        Twine(queryOffsets.size()) + " and " + Twine(offsets.size()) + " ends and " +
        Twine(lengths.size()) + " lengths");
  for (int64_t b = 0; b < size(); ++b) {
    int64_t least = countQueries(b), most = rows(b), got = length(b);
    if (got < least || got > most)
      return llvm::createStringError(
          "expected sequence " + Twine(b) + " to have from " + Twine(least) +
          " tokens, its queries, to " + Twine(most) + ", its rows, got " + Twine(got));
  }
  return llvm::Error::success();
}

llvm::Error Sequences::verifyQueries(int64_t numQueries) const {
  return verify(hasQueries() ? std::numeric_limits<int64_t>::max() : numQueries,
                numQueries);
}
