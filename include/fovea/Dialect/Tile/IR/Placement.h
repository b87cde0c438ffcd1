//===- Placement.h - where each element of a placed tile lies ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The encodings as closed forms. Verifiers, the lowering and the tests all use these,
// and nothing else says where an element is. A form of a thread's own numbers is over
// any arithmetic N: int64_t where warp and lane are known, IR where a kernel computes
// them (TileToSimt's ThreadNumber), so that what a test proves is what lowering emits.
//
// A fragment of warp w (16 rows x N columns), what lane l holds:
//
//      columns   8j + 2(l%4)   +1
//   row l/4        e = 4j+0   4j+1          one group of 8 columns per j:
//   row l/4 + 8    e = 4j+2   4j+3          lanes 0..3 share a row, 8 rows per half
//
// 16-bit elements go in pairs: pair 2j + half holds (column, column + 1). The pairs
// 4k .. 4k+3 are operand A of the k-th step of 16 columns, in wgmma and in mma.sync.
//
// Shared memory of a tile [R, C] with a swizzle of S bytes, elements of E bytes:
//
//   chunk c = (column * E) / S          address = c*R*S + row*S + (unit ^ turn)*16
//   unit    = (column * E) % S / 16               + (column * E) % 16
//   turn    = (row * S / 128) % (S / 16)
//
// A chunk of 8 rows of 128 bytes is what one TMA box line and one wgmma core row are.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_PLACEMENT_H
#define FOVEA_DIALECT_TILE_IR_PLACEMENT_H

#include <algorithm>
#include <cstdint>

namespace fovea::tile {

inline constexpr int64_t kLanes = 32;
inline constexpr int64_t kFragmentRows = 16;      ///< rows of a warp
inline constexpr int64_t kWarpsPerGroup = 4;      ///< warps that issue one wgmma
inline constexpr int64_t kMaxBitsTokens = 64;     ///< tokens of a #tile.bits
inline constexpr int64_t kMaxBoxSize = 256;       ///< of a TMA box, per axis
inline constexpr int64_t kMaxWarps = 32;          ///< of a block: 1024 threads
inline constexpr int64_t kMaxStages = 1024;       ///< of a ring
inline constexpr int64_t kMostTopk = 16 * kLanes; ///< entries of a top-k in lanes

struct Element {
  int64_t row, column;
  bool operator==(const Element &other) const {
    return row == other.row && column == other.column;
  }
};

/// Fragment: values per lane of a tile with `columns`.
constexpr int64_t fragmentSize(int64_t columns) { return columns / 2; }
/// Fragment: which of a lane's two rows, and which of its columns, value `e` is in.
constexpr int64_t fragmentHalf(int64_t e) { return e / 2 % 2; }
constexpr int64_t fragmentColumnIndex(int64_t e) { return 2 * (e / 4) + e % 2; }
/// Fragment: the row that half `half` of a lane is.
template <typename N> constexpr N fragmentRow(N warp, N lane, int64_t half) {
  N ofLane = lane / 4, ofWarp = warp * kFragmentRows; // each may emit: in one order
  return ofWarp + ofLane + 8 * half;
}
/// Fragment: the column that number `index` of a lane's columns is.
template <typename N> constexpr N fragmentColumn(N lane, int64_t index) {
  return lane % 4 * 2 + (8 * (index / 2) + index % 2);
}
/// Fragment: the element that value `e` of a lane is.
constexpr Element fragmentElement(int64_t warp, int64_t lane, int64_t e) {
  return {fragmentRow(warp, lane, fragmentHalf(e)),
          fragmentColumn(lane, fragmentColumnIndex(e))};
}

/// Fragment: whether a block_max takes blocks of that many columns from lanes that hold
/// them: such of 8 are spread evenly, and 8 is whole blocks of fewer.
constexpr bool liesInFragment(int64_t keys) {
  return keys == 1 || keys == 2 || keys == 4 || keys % 8 == 0;
}

/// Lanes: rows that one warp holds; the first of them.
constexpr int64_t rowsPerWarp(int64_t rows, int64_t warps) {
  return std::max<int64_t>(rows / warps, 1);
}
constexpr int64_t warpsPerRow(int64_t rows, int64_t warps) {
  return std::max<int64_t>(warps / rows, 1);
}
/// Lanes: the first row that a warp of `warps` holds of a tile of `rows`.
template <typename N> constexpr N firstLaneRow(N warp, int64_t rows, int64_t warps) {
  return warp * rowsPerWarp(rows, warps) / warpsPerRow(rows, warps);
}
/// Lanes: registers per row.
constexpr int64_t lanesPerRow(int64_t columns) {
  return (columns + kLanes - 1) / kLanes;
}

/// Queued: columns of scores from which on they go through a queue. Fewer are inserted
/// as they come: most often one of them is a candidate, and a warp of many rows, as
/// index scores of whole blocks have, would have as many queues for few scores.
inline constexpr int64_t kQueuedColumns = 16;
constexpr bool goThroughQueue(int64_t columns) { return columns >= kQueuedColumns; }
/// Queued: scores of a row that its buffer holds, 0 where it has none: as many as all
/// of a block have room for. Rows of many tokens would fill theirs too often.
inline constexpr int64_t kSlotBytes = 4, kBuffersBytes = 24 * 1024;
constexpr int64_t bufferSlots(int64_t rows, int64_t warps) {
  constexpr int64_t kFewest = 256, kMost = 512, kStep = 4 * kLanes;
  int64_t slots = kBuffersBytes / kSlotBytes / std::max(rows, warps) / kStep * kStep;
  return slots < kFewest ? 0 : std::min(slots, kMost);
}
/// Queued: i32 registers that say how much waits.
constexpr int64_t waitingNumbers(int64_t rows, int64_t warps) {
  return bufferSlots(rows, warps) ? 2 : 1;
}
/// Queued: how a warp has its rows. A row has all lanes, and registers of its own:
/// entry e is in lane e % 32 of register e / 32. Or, where a warp has several rows of
/// few entries each and no buffers, all of them share the lanes of the same registers:
/// entry e of row r is in lane r * lanes + e / registers, register e % registers.
///
///   4 rows of 16:   lanes      0 1 2 3 4 5 6 7   8 9 ...        24 ...
///                   entries   0..15 of row 0     of row 1       of row 3
///                             2 of each lane, one in each register
///
/// The rows that share registers, or the one that does not, are a pack.
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
/// Queued: registers of a warp's entries, pack by pack.
constexpr int64_t queuedRegisters(int64_t rows, int64_t warps, int64_t entries) {
  QueuedRows placed = queuedRows(rows, warps, entries);
  return placed.countPacks(rowsPerWarp(rows, warps)) * placed.registers;
}
/// Queued: bytes of the queues of a warp; of all that waits in a block.
constexpr int64_t warpQueueBytes(int64_t rows, int64_t warps, int64_t entries) {
  QueuedRows placed = queuedRows(rows, warps, entries);
  return placed.countPacks(rowsPerWarp(rows, warps)) * placed.packBytes();
}
constexpr int64_t queuesBytes(int64_t rows, int64_t warps, int64_t entries) {
  return warps * warpQueueBytes(rows, warps, entries) +
         std::max(rows, warps) * bufferSlots(rows, warps) * kSlotBytes;
}

/// Shared: the byte within its chunk at which a unit of 16 bytes of a row lies.
template <typename N> constexpr N sharedUnitByte(int64_t swizzle, N row, N unit) {
  // 128: row % 8; 64: row/2 % 4; 32: row/4 % 2, so that 128 bytes of address repeat it.
  N turn = row * swizzle / 128 % (swizzle / 16);
  N ofRow = row * swizzle, ofUnit = (unit ^ turn) * 16; // each may emit: in one order
  return ofRow + ofUnit;
}
/// Shared: the byte at which an element lies.
constexpr int64_t sharedByte(int64_t rows, int64_t swizzle, int64_t elementBytes,
                             Element element) {
  int64_t byte = element.column * elementBytes;
  return byte / swizzle * rows * swizzle +
         sharedUnitByte(swizzle, element.row, byte % swizzle / 16) + byte % 16;
}

/// Shared: rows after which the turns of a row's units repeat, whatever the swizzle.
inline constexpr int64_t kTurnRows = 8;

/// The widest swizzle for rows of that many bytes: 128, 64 or 32; 0 if none fits.
constexpr int64_t widestSwizzle(int64_t rowBytes) {
  return rowBytes % 128 == 0  ? 128
         : rowBytes % 64 == 0 ? 64
         : rowBytes % 32 == 0 ? 32
                              : 0;
}

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_PLACEMENT_H
