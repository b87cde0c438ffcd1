//===- BackwardRun.h - a run of two entries ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_BACKWARDRUN_H
#define FOVEA_LIB_DRIVER_RUN_BACKWARDRUN_H

#include "fovea/Driver/Run/Run.h"

namespace fovea {

/// The runs of a forward entry and of its backward one.
struct BackwardRun {
  RunOptions forward, backward;
};

/// What `options`, of both, are of each: files go to the entry that has an array of
/// their name. Fails, after a diagnostic, where `spec` has no such entries, or several
/// and `options` names none.
mlir::FailureOr<BackwardRun> splitRun(SpecFile &spec, const RunOptions &options);

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_BACKWARDRUN_H
