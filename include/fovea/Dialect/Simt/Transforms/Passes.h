//===- Passes.h - passes on the machine's own operations --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_SIMT_TRANSFORMS_PASSES_H
#define FOVEA_DIALECT_SIMT_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace fovea::simt {

#define GEN_PASS_DECL
#include "fovea/Dialect/Simt/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "fovea/Dialect/Simt/Transforms/Passes.h.inc"

} // namespace fovea::simt

#endif // FOVEA_DIALECT_SIMT_TRANSFORMS_PASSES_H
