//===- KeyBlockSpace.h - schedules of a kernel that visits key blocks -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The one enumeration of what a GPU may run: whose registers suffice for which key
// blocks, and whose shared memory for how many tiles in flight. A tuner takes all of
// it; the cost model ranks it and takes the best of a few families.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_KEYBLOCKSPACE_H
#define FOVEA_LIB_TUNING_KEYBLOCKSPACE_H

#include "GpuResources.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Tuning/GpuSchedule.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SetVector.h"

#include <optional>

namespace fovea::tuning {

/// Who computes on a multiprocessor, and the query tile of a team.
struct BlockShape {
  int64_t groups; ///< warpgroups of a team
  Residents residents;
  TileRows tile;
};

/// Tiles in flight: of keys, and of queries.
struct Depth {
  int64_t stages, queryStages;
};

class KeyBlockSpace {
public:
  /// Of the kernel of `root`, which has passed verifyGpuShape.
  KeyBlockSpace(mlir::Operation *root, const GpuTargetInfo &target);

  const GpuDemand &getDemand() const { return demand; }
  const GpuTargetInfo &getTarget() const { return target; }

  /// Teams whose tokens take at least `least` rows each; none where no tile is of whole
  /// tokens.
  std::optional<BlockShape> findShape(int64_t groups, Residents residents,
                                      int64_t least) const;
  /// The key blocks beside which `spare` registers of a thread are left, the widest
  /// first.
  llvm::SmallVector<int64_t> getWidths(const BlockShape &shape,
                                       int64_t spare = 0) const;
  /// What fits shared memory, the deepest rings of keys first, then of queries.
  /// `spare` bytes are left.
  llvm::SmallVector<Depth> getDepths(const BlockShape &shape, int64_t keys,
                                     int64_t spare = 0) const;
  /// Whether the products can be made so.
  bool takes(tile::Products products, const BlockShape &shape) const;
  /// Whether these can run beside the softmax of the next visit.
  bool overlaps(tile::Products products) const;

  /// `plan`, but for what `shape` and `depth` say.
  tile::ScheduleAttr makeSchedule(const BlockShape &shape, int64_t keys, Depth depth,
                                  GpuPlan plan) const;

  llvm::SmallVector<tile::ScheduleAttr> list() const;
  bool contains(tile::ScheduleAttr schedule) const;

private:
  using Schedules = llvm::SetVector<tile::ScheduleAttr>;

  /// Whether keys and values take turns in one ring: those of teams where they can, for
  /// what is left of shared memory for each is not much.
  bool takesOneRing(const BlockShape &shape) const;
  void visitShapes(llvm::function_ref<void(const BlockShape &)> visit) const;
  void addSchedules(const BlockShape &shape, int64_t keys, Schedules &found) const;

  mlir::MLIRContext *context;
  GpuDemand demand;
  const GpuTargetInfo &target;
};

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_KEYBLOCKSPACE_H
