//===- SortingNetwork.h - entries put in order across lanes -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Batcher's bitonic network, as the one that has all runs in one order. A sequence is
// bitonic if it goes up, then down, or is such a one turned round, and then comparing
// entries half its length apart leaves the lesser half on one side, the other on the
// other, both bitonic again. So log2 of its length many steps sort it, and every step
// compares entries whose numbers differ in one bit:
//
//   sort    runs of 2, 4, 8, ... entries; the first step of one, of two halves that are
//           sorted, compares entry e with the e-th from its end: all bits differ
//   merge   a run that goes up beside one that goes down: they are bitonic
//
// Of 32 lanes entry e is in lane e % 32 of register e / 32; of fewer, which rows beside
// one another have, in lane e / registers, register e % registers. What differs in a
// bit of the lane is a shuffle, and the rest compares a lane's own registers, two
// entries by as many instructions as a shuffled one.
//
#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_SORTINGNETWORK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_SORTINGNETWORK_H

#include "ThreadBuilder.h"

namespace fovea::tile_to_simt {

/// What is sorted, of each lane: an i32, lesser ones first as unsigned numbers; or an
/// f32 and an i32, greater values first and equal ones by their numbers.
using Entry = mlir::SmallVector<mlir::Value, 2>;

/// Emits the steps of a warp's 32 lanes, of which a row has `lanes`.
class SortingNetwork {
public:
  SortingNetwork(ThreadBuilder &b, mlir::Value lane, int64_t lanes)
      : b(b), lane(lane), lanes(lanes) {}

  /// Sorts a row of registers, a power of two of them: entry 0 comes first, or last
  /// where `reversed`.
  void sort(mlir::MutableArrayRef<Entry> row, bool reversed = false);

  /// Sorts more entries, in any order, into `sorted`, which keeps those that come
  /// first: as many registers of them as those of `sorted`, or as each of its parts,
  /// whose entries follow those of the one before.
  void merge(mlir::MutableArrayRef<Entry> sorted, mlir::SmallVector<Entry> more);

private:
  mlir::Value comesFirst(const Entry &x, const Entry &y);
  Entry choose(mlir::Value condition, const Entry &x, const Entry &y);
  void compareRegisters(mlir::MutableArrayRef<Entry> row, int64_t mask, bool reversed);
  void compareLanes(mlir::MutableArrayRef<Entry> row, int64_t mask, bool reversed);
  void compare(mlir::MutableArrayRef<Entry> row, int64_t mask, bool reversed);
  void sortBitonic(mlir::MutableArrayRef<Entry> row, bool reversed);

  ThreadBuilder &b;
  mlir::Value lane;
  int64_t lanes;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_SORTINGNETWORK_H
