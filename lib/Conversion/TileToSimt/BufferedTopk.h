//===- BufferedTopk.h - a streaming top-k with a buffer ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Warps that compare scores as they come have candidates at different steps, and those
// of a warpgroup, which multiply together, wait for whichever of them merges a queue.
// With a buffer a step stores its scores and goes on, and all warps merge at the same
// steps: where the buffers are full, and at the end.
//
//   buffer        3 9 1 7 ... 2 8 6 5 ...      32 scores of a step are a column each
//   threshold     the n-th best of the columns' best: n scores are as good, at least
//   candidates    . 9 . . ... . 8 . . ...      few more than n; queued, sorted, merged
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_BUFFEREDTOPK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_BUFFEREDTOPK_H

#include "TopkRows.h"

namespace fovea::tile_to_simt {

/// What is carried, the same in every lane: the number of the last score in each
/// buffer, -1 for none, and the index of the first one. The scores of a buffer follow
/// one another.
class BufferedTopk final : public TopkRows {
public:
  using TopkRows::TopkRows;
  void takeIn(const Offer &offer) override;
  void flush() override;

private:
  mlir::Value &last() { return waiting[0]; }
  mlir::Value &first() { return waiting[1]; }
  mlir::Value steps();
  mlir::Value bufferOf(mlir::Value number);
  mlir::Value loadColumn(mlir::Value buffer, mlir::Value step);
  mlir::Value findThreshold(mlir::Value buffer);
  mlir::Value findCandidatesOf(mlir::Value score, mlir::Value threshold);
  mlir::Value enqueueAll(mlir::Value number, mlir::Value threshold);
  void mergeAll(mlir::Value number, mlir::Value threshold, mlir::Value queued);
  void flushRow(mlir::Value number);
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_BUFFEREDTOPK_H
