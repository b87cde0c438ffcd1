//===- GpuResources.h - what a schedule takes of a multiprocessor -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Registers and shared memory, estimated from what a kernel's operations demand, and
// what a target has of them. The candidates of the cost model and the whole space of
// schedules go by the same numbers.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TUNING_GPURESOURCES_H
#define FOVEA_LIB_TUNING_GPURESOURCES_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Tuning/GpuDemand.h"
#include "mlir/IR/Operation.h"

namespace fovea {
struct GpuTargetInfo;
}

namespace fovea::tuning {

/// The rows of a query tile.
struct TileRows {
  int64_t rows;
  int64_t perToken; ///< 0: no whole number of tokens makes such a tile
  int64_t tokens() const { return rows / perToken; }
};

/// The programs that a multiprocessor holds at once.
struct Residents {
  int64_t blocks = 1;
  int64_t teams = 1; ///< of each block
};

/// The residents that a schedule asks for.
Residents residentsOf(tile::ScheduleAttr schedule);

/// Rows of a token where a tile has `rows` and a token at least `least`. Sums over the
/// heads of a token fold halves of rows onto one another, within a warpgroup; more
/// heads than it has rows are taken in parts.
TileRows rowsFor(const GpuDemand &demand, int64_t rows, int64_t least);

/// Every operation of `root` has a model, for verifyGpuShape has passed it.
GpuDemand demandOf(mlir::Operation *root);

/// Registers per thread of a consumer when each of the residents has `groups`
/// warpgroups, beside producers that hold `entries` of index lists per lane; 0 where
/// these have no room. Without setmaxnreg, which comes with wgmma, all threads get as
/// many, and a warp's are in one of the multiprocessor's partitions.
int64_t registersFor(const GpuTargetInfo &target, int64_t groups, Residents residents,
                     int64_t entries);

/// Whether ptxas takes a wgmma of that many columns where each of the residents has
/// `groups` warpgroups: its operands, and what goes with them, are to fit what a thread
/// has at launch, before any hand-over (C7602, "Insufficient registers").
bool takesProducts(const GpuDemand &demand, const GpuTargetInfo &target, int64_t groups,
                   Residents residents);

/// Whether a kernel has a loop over a range of blocks that tile-overlap-products can
/// rotate, or one that multiplies more than twice, and `target` products that run on
/// their own.
bool canOverlap(const GpuDemand &demand, const GpuTargetInfo &target);

/// Registers of a consumer's tiles and what goes with them.
int64_t registersOf(const GpuDemand &demand, const TileRows &tile, int64_t keys);

/// Whether keys and values are tiles of one shape, which can take turns in one ring.
bool canShareRing(const GpuDemand &demand);

/// Shared memory of a team in bytes; `oneRing` as in #tile.gpu.
int64_t sharedFor(const GpuDemand &demand, const TileRows &tile, int64_t keys,
                  int64_t stages, int64_t queryStages, bool oneRing);

/// Whether `schedule`, of the kernel with that demand, is known to be refused though
/// the estimates leave it room: its tiles do not fit shared memory as they are placed,
/// each in slots of whole kilobytes, or ptxas spills what an epilogue of loaded
/// branches needs from before its loop on.
bool isKnownToFail(const GpuDemand &demand, const GpuTargetInfo &target,
                   tile::ScheduleAttr schedule);

/// Entries of index lists per lane of the warp that merges those of a tile.
int64_t listEntriesOf(const GpuDemand &demand, const TileRows &tile);

/// Whether a tile is of whole tokens, of which there are not too many.
bool isWhole(const GpuDemand &demand, const TileRows &tile);

/// What a schedule says of a token's rows: 0 where they are its heads.
int64_t groupRowsOf(const GpuDemand &demand, const TileRows &tile);

/// The widest key block beside accumulators of that many columns: with 80 keys, above
/// 208 columns spill 4 to 12 B where warpgroups share a block, with 64 none up to 256.
int64_t mostKeysFor(const GpuDemand &demand, const GpuTargetInfo &target,
                    int64_t groups);

/// Shared memory in bytes that a team of each of the residents may take.
int64_t sharedLimitFor(const GpuTargetInfo &target, Residents residents);

} // namespace fovea::tuning

#endif // FOVEA_LIB_TUNING_GPURESOURCES_H
