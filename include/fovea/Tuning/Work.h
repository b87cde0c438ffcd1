//===- Work.h - how much a kernel must do -----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Counts of what an operation asks for, whatever computes it, and so a bound from
// below:
//
//   flops      2 per multiply-add of matrix products, over (query, key) pairs of the
//              key set: 2 * pairs * Hq * (Dk + Dv) for attention, 2 * pairs * Hq * Dk
//              for scores, 2 * pairs * Hi * Di for those of index heads, 2 * pairs * Hq
//              * (2 Dk + Dv) for a gradient of queries, 4 * pairs * Hq * (Dk + Dv) for
//              one of keys and values
//   exps       of the softmax, and special functions of a score region that differ from
//              pair to pair: pairs * Hq of each; index heads have none
//   bytes      of the arrays that cross the kernel's border, each once, but for the few
//              of cu_seqlens
//   key bytes  of the keys and values that query tiles read, which is traffic of the L2
//              cache: a tile of T tokens sees at least pairs / T keys per KV head.
//              Lists of a tile that have nothing in common read T times as much. A tile
//              of keys reads queries and dout so, per query head.
//
// Pairs are KeySetInterface::getCost's. benchmarks/gpu_work.py counts the same in
// Python, for machines without this library; test/Tools/foveac-report.test compares the
// two.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_WORK_H
#define FOVEA_TUNING_WORK_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace fovea::tuning {

using tile::kWorkAttrName;

struct Work {
  double flops = 0;
  double exps = 0;
  double bytes = 0;
  double keyBytes = 0;
};

/// The work of `root`, an attn operation or group outside of groups, for one sequence
/// of `tokens` tokens and tiles of `tileRows` queries, or keys; both are at least 1.
/// Emits an error and fails where an operation says nothing of its work.
mlir::FailureOr<Work> countWork(mlir::Operation *root, int64_t tokens,
                                int64_t tileRows);

/// The queries of a tile of `schedule`, or its keys where `root` is tiled by keys.
int64_t getTileRows(mlir::Operation *root, tile::ScheduleAttr schedule);

/// What `kWorkAttrName` holds. Each count is rounded to a whole number.
tile::WorkAttr toAttribute(const Work &work, mlir::MLIRContext *context);

/// What `kWorkAttrName` of `op` says; none where it has none.
std::optional<Work> getWork(mlir::Operation *op);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_WORK_H
