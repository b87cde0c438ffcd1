//===- QueuedTopk.h - a streaming top-k with a queue ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A score above the worst entry of its row is a candidate, and joins the row's queue in
// shared memory, without being sorted:
//
//   candidates     0 0 1 0 1 1 0 0 ...      a vote, the same in all lanes
//   places         . . 3 . 4 5 . . ...      queued before + candidates in lower lanes
//   queue          a b c d e f              32 values, 32 indices
//
// Where a row's candidates have no room, all queues of the warp are emptied: the
// network of SortingNetwork.h sorts a queue and merges it with the entries, in 15 steps
// and 5 to 10 for each 32 entries, however many were queued. Fewer scores are
// candidates from then on.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H

#include "SortingNetwork.h"

namespace fovea::tile_to_simt {

/// The rows of a warp, each with as many entries, and where their queues are.
struct QueuePlace {
  mlir::Value lane, address; ///< of the first row's
  int64_t rows, count;
};

/// A register of each row's scores, of which the lanes' that are `inRange` have the
/// indices from `first` on.
struct Offer {
  mlir::SmallVector<mlir::Value> scores;
  mlir::Value inRange, first;
};

/// The lanes of `inRange` whose score is above the worst of `count` entries, of which
/// `lastEntries` are in the last register, as a mask: they have a place, unless others
/// push them out before their turn. NaN is above nothing.
mlir::Value findCandidates(ThreadBuilder &b, mlir::Value lastEntries, int64_t count,
                           mlir::Value score, mlir::Value inRange);

/// A top-k as it is carried: the entries, row by row, and of row r in lane r the number
/// of the last one in its queue, -1 for none. A warp's only row has it in every lane.
/// An unused entry's index is -1, too: a tile of nothing else has empty queues.
class QueuedTopk {
public:
  QueuedTopk(ThreadBuilder &b, const QueuePlace &place, mlir::Value values,
             mlir::Value indices);

  void takeIn(const Offer &offer);
  /// Empties the queues into the entries.
  void flush();

  mlir::Value getValues();
  mlir::Value getIndices();
  /// The registers of a row.
  mlir::MutableArrayRef<Entry> entriesOf(int64_t row);

private:
  mlir::SmallVector<mlir::Value> words() const;
  mlir::ValueRange takeWords(mlir::ValueRange words);
  mlir::SmallVector<mlir::Value> candidatesOf(const Offer &offer);
  mlir::Value numbersAfter(mlir::ArrayRef<mlir::Value> candidates);
  mlir::Value makeRoom(mlir::SmallVector<mlir::Value> &candidates, const Offer &offer);
  mlir::Value lastOf(mlir::Value row);
  void enqueue(int64_t row, mlir::Value candidates, mlir::Value score,
               mlir::Value first);
  void flushRow(mlir::MutableArrayRef<Entry> row, mlir::Value number);

  ThreadBuilder &b;
  QueuePlace place;
  mlir::SmallVector<Entry> entries;
  mlir::Value last;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H
