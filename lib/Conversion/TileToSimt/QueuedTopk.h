//===- QueuedTopk.h - a streaming top-k with a queue ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H

#include "TopkRows.h"

namespace fovea::tile_to_simt {

/// Scores are compared as they come, and candidates queue from one step to another.
/// Where a row's have no room, all queues of the warp are merged: fewer scores are
/// candidates from then on. What is carried is, of row r in lane r, the number of the
/// last one in its queue, -1 for none; a warp's only row has it in every lane.
class QueuedTopk final : public TopkRows {
public:
  using TopkRows::TopkRows;
  void takeIn(const Offer &offer) override;
  void flush() override;

private:
  mlir::SmallVector<mlir::Value> candidatesOf(const Offer &offer);
  mlir::Value numbersAfter(mlir::ArrayRef<mlir::Value> candidates);
  mlir::Value makeRoom(mlir::SmallVector<mlir::Value> &candidates, const Offer &offer);
  mlir::Value lastOf(mlir::Value row);
  mlir::Value &last() { return waiting.front(); }
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H
