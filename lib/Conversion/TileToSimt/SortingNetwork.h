//===- SortingNetwork.h - entries put in order across lanes -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Batcher's bitonic network. A sequence is bitonic if it goes up, then down, or is such
// a one turned round, and then comparing entries half its length apart leaves the
// lesser half on one side, the other on the other, both bitonic again. So log2 of its
// length many steps sort it, and every step compares entries whose numbers differ in
// one bit:
//
//   sort    runs of 2, 4, 8, ... entries, up and down in turn: two of them are bitonic
//   merge   a run that goes up beside one that goes down: they are bitonic
//
// Entry e is in lane e % 32 of register e / 32: a bit below 32 is a shuffle, one above
// compares a lane's own registers. Or two rows share a register, 16 lanes each, and all
// steps are those of both.
//
// A step waits for its shuffles, so what is sorted beside one another goes through each
// step together.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_SORTINGNETWORK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_SORTINGNETWORK_H

#include "ThreadBuilder.h"

namespace fovea::tile_to_simt {

/// What is sorted, of each lane: an i32, lesser ones first as unsigned numbers; or an
/// f32 and an i32, greater values first and equal ones by their numbers.
using Entry = mlir::SmallVector<mlir::Value, 2>;

/// Emits the steps of all 32 lanes of a warp, of which a row has `lanes`.
class SortingNetwork {
public:
  SortingNetwork(ThreadBuilder &b, mlir::Value lane, int64_t lanes)
      : b(b), lane(lane), lanes(lanes) {}

  /// Sorts each `perRow` of the registers, a power of two: the first entry in the first
  /// lane of the first of them, or the last one where `reversed`.
  void sort(mlir::MutableArrayRef<Entry> registers, int64_t perRow,
            bool reversed = false);

  /// Sorts a register of more entries, in any order, into each row of `sorted`, which
  /// keeps those that come first.
  void merge(mlir::MutableArrayRef<Entry> sorted, mlir::SmallVector<Entry> more);

private:
  mlir::Value comesFirst(const Entry &x, const Entry &y);
  Entry choose(mlir::Value condition, const Entry &x, const Entry &y);
  Entry exchange(const Entry &own, int64_t bit, mlir::Value takesLater);
  mlir::Value isUpper(int64_t bit, bool reversed);
  void sortBitonic(mlir::MutableArrayRef<Entry> registers,
                   mlir::function_ref<bool(int64_t)> goesBack);

  ThreadBuilder &b;
  mlir::Value lane;
  int64_t lanes;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_SORTINGNETWORK_H
