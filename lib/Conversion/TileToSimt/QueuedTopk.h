//===- QueuedTopk.h - a streaming top-k with a queue ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H

#include "TopkRows.h"

namespace fovea::tile_to_simt {

/// Scores are compared as they come, and candidates queue from one step to another.
/// Where a row's have no room, all queues of the warp are merged, and what is left is
/// compared again: fewer scores are candidates from then on. What is carried is, of row
/// r in lane r, the number of the last one in its queue, -1 for none.
class QueuedTopk final : public TopkRows {
public:
  using TopkRows::TopkRows;
  void takeIn(const Offer &offer) override;
  void flush() override;

private:
  mlir::Value enqueueCandidates(mlir::ArrayRef<mlir::Value> candidates,
                                mlir::MutableArrayRef<mlir::Value> scores,
                                mlir::Value first);
  mlir::Value tryAll(const Offer &offer, mlir::MutableArrayRef<mlir::Value> scores);
  mlir::Value &last() { return waiting.front(); }
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_QUEUEDTOPK_H
