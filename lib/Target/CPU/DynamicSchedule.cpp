//===- DynamicSchedule.cpp - programs as threads become free --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/CPU/Passes.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"

namespace fovea {
#define GEN_PASS_DEF_CPUDYNAMICSCHEDULEPASS
#include "fovea/Target/CPU/Passes.h.inc"
} // namespace fovea

using namespace mlir;

namespace {
class CpuDynamicSchedulePass final
    : public fovea::impl::CpuDynamicSchedulePassBase<CpuDynamicSchedulePass> {
  void runOnOperation() override {
    getOperation()->walk([](omp::WsloopOp loop) {
      loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
    });
  }
};
} // namespace
