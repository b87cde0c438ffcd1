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

/// Warps that read the lists of so many tokens at once.
constexpr int64_t getListWarps(int64_t tokens) {
  return std::clamp<int64_t>(tokens / kLanes, 1, kMaxWarps);
}

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
