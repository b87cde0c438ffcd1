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

/// Calls the entry with its inputs, in order, and appends what it gives to `outputs`.
/// False: the tensors do not fit it, or the call failed; no kernel was launched then,
/// unless the driver refused one. Why is not said, for Python can say it: it makes the
/// same call with the same checks.
bool callEntry(const Entry &entry, const Tensors &inputs, Tensors &outputs);

} // namespace fovea::ops

#endif // FOVEA_RUNTIME_TORCH_CALL_H
