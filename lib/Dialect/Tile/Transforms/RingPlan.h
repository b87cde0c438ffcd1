//===- RingPlan.h - which ring a load goes through --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_TRANSFORMS_RINGPLAN_H
#define FOVEA_LIB_DIALECT_TILE_TRANSFORMS_RINGPLAN_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace fovea::tile {

/// Whether `op` loads a tile into shared memory: through a ring, once there are roles.
bool isSharedLoad(mlir::Operation *op);

/// Whether the copy of `op` for either role touches a ring.
bool touchesRings(mlir::Operation *op);

/// Writes to each load into shared memory of `source` which ring it shares, as
/// tile.ring: it stays so when loops are rewritten.
void numberRings(mlir::Region &source);

/// The rings of a kernel. Loads share one that have one type and one number
/// (tile.ring). Without numbers, those that have one type, one depth (in a loop or not)
/// and, but for the loops' where the schedule has one_ring, one place among the loads
/// of that kind in their block; but not with a load of a block around theirs, whose
/// slot may be held while they wait for theirs.
class RingPlan {
public:
  /// Makes the rings of `source`'s loads and visits at the builder's place. `schedule`
  /// may be null where `source` touches none.
  void build(mlir::Region &source, GpuAttr schedule, mlir::ImplicitLocOpBuilder &b);

  /// The number in `rings` of a load's ring, or of that of a loop whose visits are
  /// searched.
  unsigned of(mlir::Operation *op) const { return ringOf.lookup(op); }
  llvm::ArrayRef<mlir::Value> rings() const { return values; }
  /// The first ring whose tiles are counted as those of `ring` are: each is loaded in
  /// the same blocks, with nothing between that counts.
  unsigned leaderOf(unsigned ring) const { return leaders[ring]; }

private:
  unsigned make(mlir::Type type, mlir::ImplicitLocOpBuilder &b);
  void findLeaders(mlir::Region &source);

  llvm::DenseMap<mlir::Operation *, unsigned> ringOf;
  llvm::SmallVector<mlir::Value> values;
  llvm::SmallVector<unsigned> leaders;
};

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_TRANSFORMS_RINGPLAN_H
