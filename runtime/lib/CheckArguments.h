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

/// What of a call a failure is said of: "nsa_forward, argument 'q'".
std::string getPlace(const Entry &entry, size_t argument);

/// Of a tensor that passed checkShapes.
bool isEmpty(const fovea_tensor_t &tensor);

/// Checks the addresses of tensors that passed checkShapes, as numbers: whose memory
/// they are only the driver can tell.
Status checkTensors(const Entry &entry, const fovea_call_t &call);

/// The same for a workspace, of which `bytes` bytes are needed, and for a report of all
/// checks.
Status checkWorkspace(const Entry &entry, const fovea_call_t &call, int64_t bytes);
Status checkReport(const Entry &entry, const fovea_call_t &call);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_CHECKARGUMENTS_H
