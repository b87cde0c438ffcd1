//===- QueuedRows.h - where the entries of a top-k lie ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// #tile.queued as closed forms, as those of Placement.h. A row has all lanes, and
// registers of its own: entry e is in lane e % 32 of register e / 32. Or, where a warp
// has several rows of few entries each and no buffers, all of them share the same
// registers: entry e of row r is in lane r * lanes + e / registers of a row's, register
// e % registers.
//
//   lanes      0       1       2       3       4       5 ...   31
//   8 rows     row 0 ......................    row 1 ...       row 7
//   entries    0..3    4..7    8..11   12..15  0..3    4..7    12..15
//
// So all rows are sorted by the same instructions, and most of what they compare is in
// one lane's registers. The rows that share registers, or the one that does not, are a
// pack.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_QUEUEDROWS_H
#define FOVEA_DIALECT_TILE_IR_QUEUEDROWS_H

#include "fovea/Dialect/Tile/IR/Placement.h"

namespace fovea::tile {

/// Columns of scores from which on they go through a queue. Fewer are inserted
/// as they come: most often one of them is a candidate, and a warp of many rows, as
/// index scores of whole blocks have, would have as many queues for few scores.
inline constexpr int64_t kQueuedColumns = 16;
constexpr bool goThroughQueue(int64_t columns) { return columns >= kQueuedColumns; }
/// Scores of a row that its buffer holds, 0 where it has none: as many as all
/// of a block have room for. Rows of many tokens would fill theirs too often.
inline constexpr int64_t kSlotBytes = 4, kBuffersBytes = 24 * 1024;
constexpr int64_t bufferSlots(int64_t rows, int64_t warps) {
  constexpr int64_t kFewest = 256, kMost = 512, kStep = 4 * kLanes;
  int64_t slots = kBuffersBytes / kSlotBytes / std::max(rows, warps) / kStep * kStep;
  return slots < kFewest ? 0 : std::min(slots, kMost);
}
/// Registers of i32 that say how much waits.
constexpr int64_t waitingNumbers(int64_t rows, int64_t warps) {
  return bufferSlots(rows, warps) ? 2 : 1;
}
/// How a warp has its rows.
struct QueuedRows {
  int64_t lanes;     ///< of a row
  int64_t registers; ///< of a row's lanes
  int64_t slots;     ///< of a row's queue
  int64_t stride;    ///< from one row's slots to the next one's: no bank has two rows'

  constexpr int64_t rowsPerPack() const { return kLanes / lanes; }
  constexpr int64_t countPacks(int64_t rows) const {
    return (rows + rowsPerPack() - 1) / rowsPerPack();
  }
  /// The lane and the register of its pack in which row `row` has entry `entry`.
  constexpr int64_t laneOf(int64_t row, int64_t entry) const {
    int64_t ofRow = lanes == kLanes ? entry % kLanes : entry / registers;
    return row % rowsPerPack() * lanes + ofRow;
  }
  constexpr int64_t registerOf(int64_t entry) const {
    return lanes == kLanes ? entry / kLanes : entry % registers;
  }
  /// Which entry of its row a lane has in a register.
  template <typename N> constexpr N entryOf(N lane, int64_t number) const {
    if (lanes == kLanes)
      return lane + kLanes * number;
    return lane % lanes * registers + number;
  }
  /// Bytes of a pack's values, of its queue with as many indices, and from there on to
  /// a row's slots.
  constexpr int64_t valuesBytes() const { return rowsPerPack() * stride * kSlotBytes; }
  constexpr int64_t packBytes() const { return 2 * valuesBytes(); }
  template <typename N> constexpr N rowByte(N row) const {
    N ofPack = row / rowsPerPack() * packBytes(); // each may emit: in one order
    N ofRow = row % rowsPerPack() * (stride * kSlotBytes);
    return ofPack + ofRow;
  }
};
constexpr QueuedRows queuedRows(int64_t rows, int64_t warps, int64_t entries) {
  constexpr int64_t kFew = 16;
  int64_t perWarp = rowsPerWarp(rows, warps);
  if (perWarp == 1 || entries > kFew || bufferSlots(rows, warps))
    return {kLanes, lanesPerRow(entries), kLanes, kLanes};
  int64_t lanes = kFew;
  while (lanes > 1 && lanes * perWarp > kLanes)
    lanes /= 2;
  return {lanes, kFew / lanes, kFew, lanes == kFew ? kFew : kFew + lanes};
}
/// Registers of a warp's entries, pack by pack.
constexpr int64_t queuedRegisters(int64_t rows, int64_t warps, int64_t entries) {
  QueuedRows placed = queuedRows(rows, warps, entries);
  return placed.countPacks(rowsPerWarp(rows, warps)) * placed.registers;
}
/// Bytes of the queues of a warp; of all that waits in a block.
constexpr int64_t warpQueueBytes(int64_t rows, int64_t warps, int64_t entries) {
  QueuedRows placed = queuedRows(rows, warps, entries);
  return placed.countPacks(rowsPerWarp(rows, warps)) * placed.packBytes();
}
constexpr int64_t queuesBytes(int64_t rows, int64_t warps, int64_t entries) {
  return warps * warpQueueBytes(rows, warps, entries) +
         std::max(rows, warps) * bufferSlots(rows, warps) * kSlotBytes;
}

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_QUEUEDROWS_H
