//===- ScheduleExplanation.h - why a kernel has its schedule ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_COMPILE_SCHEDULEEXPLANATION_H
#define FOVEA_LIB_DRIVER_COMPILE_SCHEDULEEXPLANATION_H

#include "fovea/Driver/Compile/Compiler.h"
#include "fovea/Target/Bundle/CompileKernels.h"
#include "fovea/Tuning/ScheduleTable.h"

#include <string>
#include <vector>

namespace fovea {

/// A schedule that a compile tried and could not keep.
struct RefusedSchedule {
  std::string kernel;    ///< what launches call it
  std::string operation; ///< the key of the candidates
  tile::ScheduleAttr schedule;
  std::string finding; ///< of the lint
};

/// What one compile knows when it is done.
struct ScheduleExplanation {
  mlir::ModuleOp
      attn; ///< operations with the candidates that are left, the taken first
  mlir::ModuleOp lowered; ///< the kernels of the same
  llvm::ArrayRef<CompiledKernel> kernels;
  llvm::ArrayRef<RefusedSchedule> refused;
  const tuning::ScheduleTables &tables;
  const GpuTargetInfo &target;
  int64_t tokens; ///< of the sequence that estimates are about
};

/// Says of each kernel that has a schedule what it is, who chose the schedule, and by
/// what it was better than the next: as text for readers, or as JSON, which also has
/// all schedules that the kernel may have (docs/tuning.md).
void writeExplanation(const ScheduleExplanation &explanation, Explain form,
                      llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_COMPILE_SCHEDULEEXPLANATION_H
