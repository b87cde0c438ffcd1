//===- Verify.h - a device's answer against the reference's -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two questions, kept apart so that a near-tie is not taken for an error:
//
//   1. Are the chosen blocks right? Every block that only one of the two lists
//      holds has a reference score as far from the reference's n-th as the errors
//      of two scores allow. Forced blocks are never in doubt.
//   2. Given these blocks, are the values right? The reference attends with the
//      device's own choice; each element has a bound of its own, which follows from
//      where a device rounds (docs/numerics.md). NaN agrees with NaN alone, and an
//      infinity with the same one.
//
// Where a bound is too large to say anything (f32 does not know logits that well), an
// answer that is near all the same is right, and another one is undecided: said, and
// passed only where nearly everything else was decided. What is returned and not
// compared is named, with the reason.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_RUN_VERIFY_H
#define FOVEA_DRIVER_RUN_VERIFY_H

#include "fovea/Driver/Run/Workload.h"

#include <functional>

namespace fovea {

struct VerifyOptions {
  /// Tokens whose rows are checked, spread over the run; 0: every token.
  int64_t sampleTokens = 256;
  /// The blocks must be the reference's, not just as good: for inputs on which
  /// scores have no rounding error that matters.
  bool exactSelection = false;
  /// The device's matrix products take operands of the tensors' element type, so
  /// that probabilities and the like are rounded to it: tensor cores do.
  bool narrowOperands = false;
  /// Called with what comes next, before it is computed.
  std::function<void(llvm::StringRef)> onProgress;
};

/// Of so many rows or lists that were compared, how many may be undecided for the rest
/// to show something: near ties are few where a device is right.
constexpr int64_t getMostUndecided(int64_t compared) { return compared / 16; }

/// The values of one output. A row is its last axis: one token and head's vector.
struct OutputCheck {
  std::string name;
  std::string rule;          ///< what an element was compared by
  int64_t rows = 0;          ///< rows compared
  int64_t wrongRows = 0;     ///< rows with an element that is off by more
  int64_t undecidedRows = 0; ///< rows with an element that is off by less, yet not near
  /// Of the element with the largest error beside its bound.
  double worstRatio = 0, error = 0, bound = 0, reference = 0;
  std::string problem; ///< the first violation; empty if there is none
  bool passed() const {
    return wrongRows == 0 && undecidedRows <= getMostUndecided(rows);
  }
};

struct SelectionCheck {
  std::string name;
  std::string rule;           ///< what a list was compared by
  int64_t lists = 0;          ///< lists compared
  int64_t differing = 0;      ///< blocks that only one of the two lists holds
  int64_t undecidedLists = 0; ///< lists that differ in a block of unknown score
  double worstGap = 0;        ///< of a differing block's score to the n-th one
  double bound = 0;           ///< what was allowed there
  std::string problem;        ///< the first violation; empty if there is none
  bool passed() const {
    return problem.empty() && undecidedLists <= getMostUndecided(lists);
  }
};

/// What was returned, or chosen on the way, and not compared.
struct NotCompared {
  std::string name, reason;
};

struct VerifyReport {
  int64_t checkedTokens = 0;
  std::vector<SelectionCheck> selections;
  std::vector<OutputCheck> outputs;
  std::vector<NotCompared> notCompared;
  /// Whether something was compared, nothing of it is wrong, and little undecided.
  bool passed() const;
};

/// Compares `outputs`, one per result of `function`, which a device computed
/// from the inputs of `workload`. `function` is of the attn level, unfused.
llvm::Expected<VerifyReport> verify(mlir::func::FuncOp function,
                                    const Workload &workload,
                                    llvm::ArrayRef<NamedArray> outputs,
                                    const VerifyOptions &options);

} // namespace fovea

#endif // FOVEA_DRIVER_RUN_VERIFY_H
