//===- CompressGrad.h - Gradients of the compression ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_COMPRESSGRAD_H
#define FOVEA_REFERENCE_COMPRESSGRAD_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/Compress.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/Sequences.h"

namespace fovea::reference {

/// The derivative of the activation at `x`: of relu at 0 it is 0; NaN stays NaN.
double differentiate(Activation activation, double x);

/// The gradients of everything that a compression is given, each in its shape.
struct CompressGradResult {
  Array tokens;               ///< [T, Hkv, D]; 0 for tokens in no window
  std::vector<Array> weights; ///< of phi, in order
  Array positions;            ///< [Hkv, l, D], whether positions are given or not
};

/// Of Phi::Mlp, for each window: act of its hidden layer, and the gradient of what act
/// is of. Of Phi::Gated: the gates of its rows, and the gradient of their logits. Both
/// [T/d, Hkv, m], m being the rows of a window for Phi::Gated, 0 in rows of no window.
struct HiddenGrad {
  Array active, grad;
};
llvm::Expected<HiddenGrad>
compressGradHidden(const Array &outputGrad, const CompressOperands &operands,
                   const CompressOptions &options, const Sequences &sequences,
                   const ComputeOptions &computeOptions = {});

/// Of a loss whose gradient by row cu[b]/d + i of the compressed rows [T/d, Hkv, D] is
/// that of `outputGrad`; its rows of no window are not read. A token sums over the
/// windows that hold it, a weight over all windows. The hidden layer is
/// what `hidden` says, where that is given. An error names the operand or the option
/// that does not fit.
llvm::Expected<CompressGradResult>
compressGrad(const Array &outputGrad, const CompressOperands &operands,
             const CompressOptions &options, const Sequences &sequences,
             const ComputeOptions &computeOptions = {},
             const HiddenGrad *hidden = nullptr);

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_COMPRESSGRAD_H
