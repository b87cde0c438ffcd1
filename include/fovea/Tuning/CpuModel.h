//===- CpuModel.h - the cost model of a CPU ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// In one paragraph: query rows are vector lanes, so a tile's rows should fill whole
// vectors, and about 64 of them amortize the loads of a key tile while all tiles of a
// kernel stay in the L2 cache. With index lists every token of a tile pays for the
// union of the lists, so tiles take as few tokens as fill one vector. 64 keys per block
// keep the score tile in the L1 cache.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TUNING_CPUMODEL_H
#define FOVEA_TUNING_CPUMODEL_H

#include <cstdint>

namespace fovea::tuning {

/// Rows that fill the widest vectors (16 lanes of f32), and rows to aim at.
inline constexpr int64_t kLaneRows = 16, kTargetRows = 64;
inline constexpr int64_t kTargetKeys = 64;
/// Elements of a tile of query rows, and of one of keys or scores, beyond which tiles
/// take fewer tokens and keys: some of each are in scratch at once.
inline constexpr int64_t kMostQueryElements = 1 << 17, kMostKeyElements = 1 << 16;
/// Elements of a tile of phi's last matrix or of the keys of a step of scores, and of a
/// matrix's part where it is taken in parts.
inline constexpr int64_t kMostMatrixElements = 1 << 18, kMostPartElements = 1 << 17;

/// Fewest tokens of `group` heads that fill whole vectors.
int64_t getFewestTokens(int64_t group);
/// Tokens of `group` heads to aim at.
int64_t getTargetTokens(int64_t group);
/// The largest divisor of `value` up to `limit`; both are at least 1.
int64_t getLargestDivisor(int64_t value, int64_t limit);
/// `wanted` of them, `columns` each, or the half as often as a tile of `most` elements
/// asks for.
int64_t halveToFit(int64_t wanted, int64_t columns, int64_t most);

} // namespace fovea::tuning

#endif // FOVEA_TUNING_CPUMODEL_H
