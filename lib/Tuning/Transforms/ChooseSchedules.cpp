//===- ChooseSchedules.cpp - attn-choose-schedules ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Who lists schedules for a target, and who strikes out those that it refuses, is in
// fovea/Tuning/Candidates.h; this pass takes what is the first of a list by then.
//
//===----------------------------------------------------------------------===//

#include "fovea/Tuning/Candidates.h"
#include "fovea/Tuning/Schedule.h"
#include "fovea/Tuning/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace fovea::tuning {
#define GEN_PASS_DEF_CHOOSESCHEDULESPASS
#include "fovea/Tuning/Transforms/Passes.h.inc"
} // namespace fovea::tuning

namespace {
struct ChooseSchedules final
    : fovea::tuning::impl::ChooseSchedulesPassBase<ChooseSchedules> {
  void runOnOperation() override {
    fovea::tuning::takeCandidates(getOperation());
    if (failed(fovea::tuning::completeSchedules(getOperation())))
      signalPassFailure();
  }
};
} // namespace
