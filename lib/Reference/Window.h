//===- Window.h - One window of a compression -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// What a compression and its gradients do alike.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_REFERENCE_WINDOW_H
#define FOVEA_LIB_REFERENCE_WINDOW_H

#include "fovea/Reference/Compress.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace fovea::reference {

struct WindowSettings {
  const CompressOptions &options;
  const ComputeOptions &computeOptions;
};

/// An error that names the operand or the option that does not fit.
llvm::Error checkCompress(const CompressOperands &operands,
                          const CompressOptions &options, const Sequences &sequences);

/// y_r = x_r + pos[g,r] of the window that starts at `firstToken`, as [l, D].
Array getWindow(const CompressOperands &operands, const WindowSettings &settings,
                int64_t firstToken, int64_t head);

/// a_r = softmax_r(u[g].y_r + c[g,r]); 0 where the logit is -inf, all of them or not.
std::vector<double> getWindowGates(const Array &rows, llvm::ArrayRef<double> u,
                                   llvm::ArrayRef<double> c,
                                   const ComputeOptions &computeOptions);

/// output += matrix^T x for a row-major matrix [x.size(), output.size()].
void addTransposed(llvm::ArrayRef<double> matrix, llvm::ArrayRef<double> x,
                   llvm::MutableArrayRef<double> output);

/// Calls `visit(firstToken, row)` for each window of each sequence: the token where it
/// starts, and its row among the compressed ones.
void visitWindows(const CompressOptions &options, const Sequences &sequences,
                  llvm::function_ref<void(int64_t, int64_t)> visit);

} // namespace fovea::reference

#endif // FOVEA_LIB_REFERENCE_WINDOW_H
