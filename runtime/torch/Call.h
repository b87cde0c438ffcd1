//===- Call.h - One call of an entry with tensors of PyTorch ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_TORCH_CALL_H
#define FOVEA_RUNTIME_TORCH_CALL_H

#include "Kernels.h"

#include <torch/csrc/stable/tensor.h>

namespace fovea::ops {

using Tensors = std::vector<torch::stable::Tensor>;

/// What a call may do beyond the common case.
struct CallOptions {
  /// Sequences of one length may be a dimension of their own.
  bool joins = true;
  /// The tensors are all arguments', outputs too; else the inputs.
  bool isWhole = false;
  /// Null: a bundle's entry has its own.
  const torch::stable::Tensor *workspace = nullptr;
};

/// Calls the entry with tensors in order, and appends the outputs that it makes to
/// `outputs`. False: the tensors do not fit it, or the call failed; no kernel was
/// launched then, unless the driver refused one. Why is not said, for Python can say
/// it: it makes the same call with the same checks.
bool callEntry(const Entry &entry, const Tensors &tensors, Tensors &outputs,
               const CallOptions &options = {});

} // namespace fovea::ops

#endif // FOVEA_RUNTIME_TORCH_CALL_H
