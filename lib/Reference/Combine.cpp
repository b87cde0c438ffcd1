//===- Combine.cpp - The gated sum of branches ----------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/Reference/Combine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include <algorithm>
#include <cmath>
#include <limits>

using namespace fovea::reference;
using llvm::Error;
using llvm::Twine;

static Error checkOperands(const Array &gates, llvm::ArrayRef<const Array *> branches,
                           const PartOfSum &part) {
  if (branches.empty())
    return llvm::createStringError("expected at least 1 branch, got 0");
  const Array &first = *branches.front();
  if (Error error = checkRank("branch 0", first.shape, 3))
    return error;
  for (auto [c, branch] : llvm::enumerate(branches))
    if (Error error =
            checkShape(("branch " + Twine(c)).str(), branch->shape, first.shape))
      return error;
  if (part.base)
    if (Error error = checkShape("base", part.base->shape, first.shape))
      return error;
  if (Error error = checkRank("gates", gates.shape, 3))
    return error;
  int64_t width = part.columns ? gates.dim(2) : static_cast<int64_t>(branches.size());
  if (Error error =
          checkShape("gates", gates.shape, {first.dim(0), first.dim(1), width}))
    return error;
  if (part.columns && part.columns->size() != branches.size())
    return llvm::createStringError("expected a column for each of " +
                                   Twine(branches.size()) + " branches, got " +
                                   Twine(part.columns->size()));
  return Error::success();
}

llvm::Expected<Array> fovea::reference::combine(const Array &gates, GateKind kind,
                                                llvm::ArrayRef<const Array *> branches,
                                                const ComputeOptions &options,
                                                PartOfSum part) {
  if (Error error = checkOperands(gates, branches, part))
    return error;
  const Array &first = *branches.front();
  Array output(first.shape);
  for (int64_t t = 0; t < first.dim(0); ++t) {
    if (!options.includes(t))
      continue;
    for (int64_t h = 0; h < first.dim(1); ++h) {
      llvm::MutableArrayRef<double> row = output.slice(t, h);
      if (part.base)
        llvm::copy(part.base->slice(t, h), row.begin());
      for (auto [c, branch] : llvm::enumerate(branches)) {
        double gate = gates.at(t, h, part.columns ? (*part.columns)[c] : c);
        if (kind == GateKind::Logits)
          gate = options.round(1 / (1 + std::exp(-gate)));
        llvm::ArrayRef<double> branchRow = branch->slice(t, h);
        for (size_t d = 0; d < row.size(); ++d)
          row[d] += options.round(gate * branchRow[d]);
      }
    }
  }
  return output;
}

llvm::Expected<Array> fovea::reference::combineGradGates(
    const Array &outputGrad, const Array &gates, GateKind kind,
    llvm::ArrayRef<const Array *> branches, const ComputeOptions &options,
    std::optional<llvm::ArrayRef<int64_t>> columns) {
  if (Error error = checkOperands(gates, branches, {/*base=*/nullptr, columns}))
    return error;
  if (Error error =
          checkShape("gradient of the output", outputGrad.shape, branches[0]->shape))
    return error;
  Array result(gates.shape);
  for (int64_t t = 0; t < gates.dim(0); ++t)
    for (int64_t h = 0; h < gates.dim(1); ++h)
      for (size_t c = 0; c < branches.size() && options.includes(t); ++c) {
        int64_t column = columns ? (*columns)[c] : c;
        double gate = 1 / (1 + std::exp(-gates.at(t, h, column)));
        double slope = kind == GateKind::Logits ? gate * (1 - gate) : 1;
        result.at(t, h, column) +=
            slope * dot(outputGrad.slice(t, h), branches[c]->slice(t, h));
      }
  return result;
}

llvm::Expected<Array> fovea::reference::gateLse(const Array &lse, const Array &gates,
                                                int64_t column) {
  if (Error error = checkShape("lse", lse.shape, {gates.dim(0), gates.dim(1)}))
    return error;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Array result(lse.shape);
  for (int64_t t = 0; t < lse.dim(0); ++t)
    for (int64_t h = 0; h < lse.dim(1); ++h) {
      double gate = gates.at(t, h, column);
      double lnGate = std::min(gate, 0.0) - std::log1p(std::exp(-std::fabs(gate)));
      bool isEmpty = lse.at(t, h) == -kInfinity;
      result.at(t, h) = isEmpty ? -kInfinity : lse.at(t, h) - lnGate;
    }
  return result;
}
