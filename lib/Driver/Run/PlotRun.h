//===- PlotRun.h - the pattern plot of a run --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_PLOTRUN_H
#define FOVEA_LIB_DRIVER_RUN_PLOTRUN_H

#include "fovea/Driver/Run/Workload.h"

namespace fovea {

/// Plots the longest sequence of `workload`, whose outputs are those of
/// `function`, one panel per branch, into the SVG file `path`.
llvm::Error plotRun(mlir::func::FuncOp function, const Workload &workload,
                    llvm::StringRef path);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_PLOTRUN_H
