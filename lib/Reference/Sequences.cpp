//===- Sequences.cpp - Sequences packed one after another -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/Sequences.h"

#include "llvm/ADT/Twine.h"

using namespace fovea::reference;
using llvm::Twine;

llvm::Error Sequences::verify(int64_t numTokens) const {
  if (offsets.empty() || offsets.front() != 0)
    return llvm::createStringError(
        "expected cu_seqlens to start at 0, got " +
        (offsets.empty() ? Twine("none") : Twine(offsets.front())));
  for (int64_t b = 0; b < size(); ++b)
    if (length(b) < 0)
      return llvm::createStringError(
          "expected cu_seqlens not to decrease, got " + Twine(offsets[b]) + " then " +
          Twine(offsets[b + 1]) + " at sequence " + Twine(b));
  if (offsets.back() > numTokens)
    return llvm::createStringError("expected cu_seqlens to end at most at " +
                                   Twine(numTokens) + " tokens, got " +
                                   Twine(offsets.back()));
  return llvm::Error::success();
}
