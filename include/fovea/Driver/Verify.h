//===- Verify.h - a device's answer against the reference's -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two questions, kept apart so that a near-tie is not taken for an error:
//
//   1. Are the chosen blocks right? The score-set rule: every block that only
//   one
//      of the two lists holds has a reference score within 1e-5 * G of the
//      reference's n-th score. Forced blocks are never in doubt.
//   2. Given these blocks, are the values right? The reference attends with the
//      device's own choice. f32: max|err| <= 1e-5 * max|ref|. Narrow types:
//      twice the error of the naive computation in that type, plus half a unit
//      in the last place of max|ref|.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_VERIFY_H
#define FOVEA_DRIVER_VERIFY_H

#include "fovea/Driver/Workload.h"

#include <functional>

namespace fovea {

struct VerifyOptions {
  /// Tokens whose rows are checked, spread over the run; 0: every token.
  int64_t sampleTokens = 256;
  /// The blocks must be the reference's, not just as good: for inputs on which
  /// scores have no rounding error that matters.
  bool exactSelection = false;
  /// Called with what comes next, before it is computed.
  std::function<void(llvm::StringRef)> onProgress;
};

struct OutputCheck {
  std::string name;
  double maxError, tolerance, maxReference;
  bool passed() const { return maxError <= tolerance; }
};

struct SelectionCheck {
  std::string name;
  int64_t lists = 0;     ///< lists compared
  int64_t differing = 0; ///< blocks that only one of the two lists holds
  double worstGap = 0;   ///< of a differing block's score to the n-th one
  double tolerance = 0;
  std::string problem; ///< the first violation; empty if there is none
};

struct VerifyReport {
  int64_t checkedTokens = 0;
  std::vector<SelectionCheck> selections;
  std::vector<OutputCheck> outputs;
  bool passed() const;
};

/// Compares `outputs`, one per result of `function`, which a device computed
/// from the inputs of `workload`. `function` is of the attn level, unfused.
llvm::Expected<VerifyReport> verify(mlir::func::FuncOp function,
                                    const Workload &workload,
                                    llvm::ArrayRef<NamedArray> outputs,
                                    const VerifyOptions &options);

} // namespace fovea

#endif // FOVEA_DRIVER_VERIFY_H
