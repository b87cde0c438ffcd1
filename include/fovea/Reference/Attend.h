//===- Attend.h - Softmax attention over a key set --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_ATTEND_H
#define FOVEA_REFERENCE_ATTEND_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/KeySet.h"
#include "fovea/Reference/Sequences.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <functional>

namespace fovea::reference {

/// What becomes of the score of a query and a key at these positions of a sequence, for
/// a query head. Empty: nothing.
using ScoreFunction =
    std::function<double(double score, int64_t query, int64_t key, int64_t head)>;

struct AttendOperands {
  const Array &query; ///< [T, Hq, Dk]
  const Array &key;   ///< [Tk, Hkv, Dk], Hkv divides Hq
  const Array &value; ///< [Tk, Hkv, Dv]
  /// [T, Hkv, n], or null if the key set takes none.
  const IndexArray *indices = nullptr;
  /// [Hq], a logit of no value beside those of the keys, or null.
  const Array *sinks = nullptr;
  ScoreFunction scoreFunction = nullptr;
};

struct AttendResult {
  Array output; ///< [T, Hq, Dv]
  Array lse;    ///< [T, Hq], natural log of the sum of exponentials
};

/// An error that names the operand whose shape does not fit.
llvm::Error checkAttend(const AttendOperands &operands, const KeySet &keySet,
                        const Sequences &sequences);

/// The usual scale of scores, Dk^-1/2.
double getDefaultScale(int64_t keyDim);

/// The keys of one KV head that one query sees.
struct VisibleKeys {
  int64_t token, kvHead;        ///< whose
  int64_t position;             ///< of the token in its sequence
  llvm::ArrayRef<int64_t> rows; ///< ascending
  int64_t firstRow;             ///< of the sequence's keys
  int64_t tokensPerRow;

  /// Where key number `i` of `rows` stands: its first token, where it is of more.
  int64_t getKeyPosition(size_t i) const { return (rows[i] - firstRow) * tokensPerRow; }
};

/// Calls `visit` for every token that `options` includes and every KV head. `indices`
/// as in AttendOperands.
void visitQueries(const KeySet &keySet, const Sequences &sequences, int64_t kvHeads,
                  const IndexArray *indices, const ComputeOptions &options,
                  llvm::function_ref<void(const VisibleKeys &)> visit);

/// out[t,h] = sum_u softmax_u(scale * q[t,h].k[u,g]) v[u,g] over the keys u
/// that `keySet` contains, g = h / (Hq / Hkv): each branch of Eq 5.
///
/// An empty set, and a token of no sequence, has output 0 and lse -inf; with sinks, an
/// empty set has the head's sink for lse. A key
/// outside the set contributes nothing, even if it holds NaN; a non-finite key
/// or value inside propagates. An error names the operand whose shape does not
/// fit.
llvm::Expected<AttendResult> attend(const AttendOperands &operands,
                                    const KeySet &keySet, const Sequences &sequences,
                                    double scale, const ComputeOptions &options = {});

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_ATTEND_H
