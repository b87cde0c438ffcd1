//===- Combine.h - The gated sum of branches --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_COMBINE_H
#define FOVEA_REFERENCE_COMBINE_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/ComputeOptions.h"

#include <optional>

namespace fovea::reference {

enum class GateKind {
  Logits, ///< the gate is sigmoid(x)
  Values  ///< the gate is x, in [0, 1]
};

/// What a sum of some branches is a part of.
struct PartOfSum {
  const Array *base = nullptr; ///< [T, Hq, Dv], the sum so far; null: 0
  /// The gates' column of each branch, where the gates have columns of others too.
  std::optional<llvm::ArrayRef<int64_t>> columns;
};

/// out[t,h] = base[t,h] + sum_c gate[t,h,c] * branches[c][t,h] (Eq 5). `gates` is
/// [T, Hq, C]; each of the C branches and the result are [T, Hq, Dv]. An error
/// names the branch whose shape does not fit.
llvm::Expected<Array> combine(const Array &gates, GateKind kind,
                              llvm::ArrayRef<const Array *> branches,
                              const ComputeOptions &options = {}, PartOfSum part = {});

/// The gradient of the gates of such a sum, of whose result it is `outputGrad`:
/// dgates[t,h,c] = <dout[t,h], branches[c][t,h]>, for logits times p (1 - p), p being
/// the gate. Of a column of several branches it is their sum, of one of none 0.
/// `columns` is as in PartOfSum. An error names what does not fit.
llvm::Expected<Array>
combineGradGates(const Array &outputGrad, const Array &gates, GateKind kind,
                 llvm::ArrayRef<const Array *> branches,
                 const ComputeOptions &options = {},
                 std::optional<llvm::ArrayRef<int64_t>> columns = std::nullopt);

/// lse[t,h] - ln p, p being the sigmoid of gates[t,h,column]: the lse whose
/// probabilities are those of `lse`, [T, Hq], times p. One of -inf stays as it is. An
/// error names what does not fit.
llvm::Expected<Array> gateLse(const Array &lse, const Array &gates, int64_t column);

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_COMBINE_H
