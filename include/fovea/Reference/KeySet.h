//===- KeySet.h - Which keys a query may see --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The reference's view of a key set: its defining equation and nothing else.
// In the compiler, these functions wrap a key-set attribute.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_REFERENCE_KEYSET_H
#define FOVEA_REFERENCE_KEYSET_H

#include "llvm/ADT/ArrayRef.h"
#include <cstdint>
#include <functional>

namespace fovea::reference {

struct KeySet {
  /// Whether the query at position `t` of a sequence of `length` tokens sees
  /// key `u` of that sequence, 0 <= u < numKeys(length). `indices` is the list
  /// of (token, kv head), empty for sets that take none; -1 in it is no index.
  std::function<bool(int64_t length, int64_t t, int64_t u,
                     llvm::ArrayRef<int32_t> indices)>
      contains;

  /// The keys of a sequence of `length` tokens: `length`, or the number of
  /// windows for compressed keys.
  std::function<int64_t(int64_t length)> numKeys;

  /// The stride d for compressed keys, and 1 otherwise: keys of the sequence
  /// that starts at token cu[b] start at row cu[b] / tokensPerKeyRow.
  int64_t tokensPerKeyRow = 1;
};

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_KEYSET_H
