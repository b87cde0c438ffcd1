//===- Passes.h - schedules and estimates -----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_TRANSFORMS_PASSES_H
#define FOVEA_TUNING_TRANSFORMS_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir::func {
class FuncOp;
} // namespace mlir::func

namespace fovea::tile {
class TileDialect;
} // namespace fovea::tile

namespace fovea::tuning {

#define GEN_PASS_DECL
#include "fovea/Tuning/Transforms/Passes.h.inc"
#define GEN_PASS_REGISTRATION
#include "fovea/Tuning/Transforms/Passes.h.inc"

} // namespace fovea::tuning

#endif // FOVEA_TUNING_TRANSFORMS_PASSES_H
