//===- TopkRows.h - the rows of a streaming top-k in a warp -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A score above the worst entry of its row is a candidate, and joins the row's queue in
// shared memory, without being sorted:
//
//   candidates     0 0 1 0 1 1 0 0 ...      a vote, the same in all lanes
//   places         . . 3 . 4 5 . . ...      queued before + candidates in lower lanes
//   queue          a b c d e f              32 or 16 values, as many indices
//
// The network of SortingNetwork.h sorts a queue and merges it with the entries, however
// many were queued: in 15 steps and 5 to 10 for each 32 entries, or in 10 and 4 where
// the rows of a warp, of 16 entries at most, share registers (QueuedRows.h). Then they
// are one pack, and its steps are those of all rows. Scores have a register for each
// row all the same.
//
// When scores become candidates is what QueuedTopk.h and BufferedTopk.h differ in;
// without queues (InsertedTopk.h) each has its place at once.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_TOPKROWS_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_TOPKROWS_H

#include "SortingNetwork.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"

#include <memory>

namespace fovea::tile_to_simt {

/// The rows of a warp, each with as many entries, and where what waits for them is.
struct TopkPlace {
  mlir::Value lane;
  mlir::Value queues;  ///< address of the first row's; null where nothing waits
  mlir::Value buffers; ///< address of the first row's
  tile::QueuedRows of; ///< where a row's entries are
  int64_t rows, count;
  int64_t slots; ///< scores of a row that a buffer holds; 0: there is none
};

/// A register of each row's scores: the first `columns` lanes' have the indices from
/// `first` on.
struct Offer {
  mlir::SmallVector<mlir::Value> scores;
  mlir::Value first;
  int64_t columns;
};

/// A top-k as it is carried: the entries, row by row, and how much waits for them. An
/// unused entry's index is -1, and so is a number of nothing: for a tile of nothing
/// else nothing waits.
class TopkRows {
public:
  static std::unique_ptr<TopkRows> create(ThreadBuilder &b, const TopkPlace &place,
                                          mlir::Value values, mlir::Value indices);
  TopkRows(ThreadBuilder &b, const TopkPlace &place, mlir::Value values,
           mlir::Value indices);
  virtual ~TopkRows() = default;

  virtual void takeIn(const Offer &offer) = 0;
  /// Takes what waits into the entries.
  virtual void flush() = 0;
  /// The indices of all entries and of what waits for them, row by row, in ascending
  /// order, -1 last; nothing else may be asked for then.
  mlir::SmallVector<mlir::Value> takeSorted();

  mlir::Value getValues();
  mlir::Value getIndices();

protected:
  int64_t packs() const { return place.of.countPacks(place.rows); }
  /// The registers of a pack.
  mlir::MutableArrayRef<Entry> entriesOf(int64_t pack);
  /// What a branch or a loop gives of a top-k.
  mlir::SmallVector<mlir::Value> words() const;
  /// Takes them over; gives what is left of `words`.
  mlir::ValueRange takeWords(mlir::ValueRange words);
  /// Emits `change` of the words under a condition.
  void changeIf(mlir::Value condition, mlir::function_ref<void()> change);
  /// `emit(number)` for each pack's number, i32, whose entries are pack 0's by then, so
  /// that the code is there once.
  void forEachPack(mlir::function_ref<void(mlir::Value number)> emit);

  mlir::Value inRange(const Offer &offer);
  /// The lanes of `inRange` whose score is above the row's worst entry, as a mask: they
  /// have a place, unless others push them out before their turn. NaN is above nothing.
  mlir::Value findCandidates(int64_t row, mlir::Value score, mlir::Value inRange);
  /// The candidates' scores, and their indices, go behind number `last` of the queue of
  /// row `number`, i32, as far as it has room: whether the lane's did.
  mlir::Value enqueue(mlir::Value number, mlir::Value last, mlir::Value candidates,
                      mlir::Value score, mlir::Value first);
  /// Merges the queue of pack `number`, i32, with pack 0, up to entry `last` of the
  /// lane's row. Slots past that one do not count, whatever they hold.
  void mergeQueue(mlir::Value number, mlir::Value last);

  ThreadBuilder &b;
  TopkPlace place;
  mlir::SmallVector<Entry> entries;
  mlir::SmallVector<mlir::Value> waiting; ///< how much does, registers of i32

private:
  /// The next pack becomes pack 0.
  void rotate();
  /// The address of the lane's row's slot `slot` in pack `number`.
  mlir::Value slotOf(mlir::Value number, mlir::Value slot);
  /// The indices of pack 0, row by row, in ascending order.
  mlir::SmallVector<Entry> sortIndices();
  /// A register for each row, of what all rows share.
  mlir::SmallVector<mlir::Value> spread(mlir::ArrayRef<Entry> shared);
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_TOPKROWS_H
