//===- CheckArguments.h - Whether tensors fit an entry ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_CHECKARGUMENTS_H
#define FOVEA_RUNTIME_LIB_CHECKARGUMENTS_H

#include "Evaluate.h"

namespace fovea::rt {

/// Checks number, types, ranks and sizes; the first sizes of all `tokens` arguments
/// must agree, and so must those of all `sequence_ends`. Addresses are not looked at.
Status checkShapes(const Entry &entry, const fovea_tensor_t *tensors, size_t count,
                   std::vector<Shape> &shapes);

/// Checks the addresses of tensors that passed checkShapes, and the workspace.
Status checkMemory(const Entry &entry, const fovea_call_t &call,
                   int64_t workspaceBytes);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_CHECKARGUMENTS_H
