//===- SelectionComparer.h - are the chosen blocks right --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_SELECTIONCOMPARER_H
#define FOVEA_LIB_DRIVER_RUN_SELECTIONCOMPARER_H

#include "fovea/Driver/Run/Verify.h"
#include "fovea/Numerics/ErrorBounds.h"
#include "fovea/Numerics/NumericsOpInterface.h"
#include "fovea/Reference/Evaluate.h"

#include <set>

namespace fovea {

/// Compares the lists of one choice of blocks by the first rule of Verify.h.
class SelectionComparer final {
public:
  /// `result` holds the reference's scores and its own choice; `bounds` says how
  /// far a device's scores may be off.
  SelectionComparer(const BlockChoice &choice,
                    const reference::EvaluationResult &result,
                    const ErrorBounds &bounds, bool exact);

  /// Compares the list of one token, at position `t`, and KV head.
  void compare(int64_t token, int64_t t, int64_t head, llvm::ArrayRef<double> actual);

  SelectionCheck check;

private:
  void fail(int64_t token, int64_t head, const llvm::Twine &message);
  bool isForced(int64_t block, int64_t own) {
    return block < choice.initial || block > own - choice.local;
  }
  void compareBlocks(int64_t token, int64_t head, int64_t own,
                     const std::set<int64_t> &got, const std::set<int64_t> &want);

  BlockChoice choice;
  const reference::Array &scores, &expected;
  const ErrorBound *bound; ///< of the scores; null if they are exact
  bool exact;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_SELECTIONCOMPARER_H
