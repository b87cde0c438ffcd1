//===- Compress.h - One key for each window of tokens -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef FOVEA_REFERENCE_COMPRESS_H
#define FOVEA_REFERENCE_COMPRESS_H

#include "fovea/Reference/Array.h"
#include "fovea/Reference/ComputeOptions.h"
#include "fovea/Reference/Sequences.h"

namespace fovea::reference {

/// How phi makes one row of the rows y_0 .. y_{l-1} of a window, y_r = x_r +
/// pos[g,r]; and its weights, per KV head g, in the order that they are passed.
enum class Phi {
  Mean,     ///< (1/l) sum_r y_r
  Weighted, ///< sum_r w[g,r] y_r; w [Hkv, l], not normalized
  Gated,    ///< sum_r a_r y_r, a = softmax_r(u[g].y_r + c[g,r]);
            ///< u [Hkv, D], c [Hkv, l]
  Linear,   ///< sum_r A[g,r]^T y_r; A [Hkv, l, D, D]
  Mlp       ///< B2[g]^T act(B1[g]^T concat(y) + b1[g]) + b2[g];
            ///< B1 [Hkv, l*D, m], b1 [Hkv, m], B2 [Hkv, m, D], b2 [Hkv, D]
};

/// The activation of Phi::Mlp; gelu is the exact one, x * (1 + erf(x/√2)) / 2.
enum class Activation { Relu, Gelu, Silu };

/// The activation of `x`; NaN stays NaN.
double activate(Activation activation, double x);

struct CompressOperands {
  const Array &tokens; ///< [T, Hkv, D]
  /// The weights of phi, in the order given there.
  std::vector<const Array *> weights = {};
  /// pos [Hkv, l, D], or null for none.
  const Array *positions = nullptr;
};

struct CompressOptions {
  int64_t block;  ///< l, tokens per window
  int64_t stride; ///< d, tokens from a window to the next; divides l
  Phi phi = Phi::Mean;
  Activation activation = Activation::Gelu;
};

/// Row cu[b]/d + i of the result [T/d, Hkv, D] is phi of tokens [i*d, i*d + l)
/// of sequence b, for 0 <= i < numWindows(L, l, d) (Eq 7). Rows that are no
/// window of any sequence are 0. Tokens in no window contribute nothing. An
/// error names the operand or the option that does not fit.
llvm::Expected<Array> compress(const CompressOperands &operands,
                               const CompressOptions &options,
                               const Sequences &sequences,
                               const ComputeOptions &computeOptions = {});

} // namespace fovea::reference

#endif // FOVEA_REFERENCE_COMPRESS_H
