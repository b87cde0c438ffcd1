//===- Passes.h - passes on the machine's own operations --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_SM90_TRANSFORMS_PASSES_H
#define FOVEA_DIALECT_SM90_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace fovea::sm90 {

#define GEN_PASS_DECL
#include "fovea/Dialect/SM90/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "fovea/Dialect/SM90/Transforms/Passes.h.inc"

} // namespace fovea::sm90

#endif // FOVEA_DIALECT_SM90_TRANSFORMS_PASSES_H
