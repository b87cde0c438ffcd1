//===- Candidates.h - the schedules that a compile tries --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Which schedule of a GPU's kernel is best, or fits at all, ptxas knows and a cost
// model guesses. So every operation has a list, `tile.candidates`, and what was refused
// is struck out of it. All state of the tries is in these lists: a module with them
// lowers to the same kernels whoever made them.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_CANDIDATES_H
#define FOVEA_TUNING_CANDIDATES_H

#include "mlir/IR/Operation.h"
#include "mlir/Support/LLVM.h"

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tuning {

class ScheduleTables;

/// Writes `tile.candidates` to each attn operation or group of `function` that has
/// neither a schedule nor candidates, and to a schedule that has none a part for a GPU.
/// What `tables` have for the kernel comes first, those of the cost model follow. Takes
/// groups, and results of an operation, apart that fit in no way as one kernel. Emits
/// an error and fails where no schedule fits an operation, and where its kernel cannot
/// have the schedule of a table.
llvm::LogicalResult listCandidates(mlir::Operation *function,
                                   const GpuTargetInfo &target,
                                   const ScheduleTables &tables);

/// Gives every operation of `function` that has candidates and no schedule the first of
/// them, and in their place `tile.candidate`.
void takeCandidates(mlir::Operation *function);

/// Strikes out the first candidate of the operation of `module` that `key` names. A
/// group without another goes apart, each of its operations with candidates of its own,
/// and so does an operation whose results may have a kernel each.
/// False where nothing is left to try, or where no operation is called so; fails, after
/// a diagnostic, where a part of a group has no schedule that fits.
llvm::FailureOr<bool> dropCandidate(mlir::Operation *module, llvm::StringRef key,
                                    const GpuTargetInfo &target,
                                    const ScheduleTables &tables);

/// The operation of `module` whose candidates are called `key`; null where none is.
mlir::Operation *findCandidates(mlir::Operation *module, llvm::StringRef key);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_CANDIDATES_H
