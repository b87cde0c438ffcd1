//===- EmitTopk.cpp - a streaming top-k -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A token's row belongs to one warp: lane l holds scores l, l + 32, ..., and entries
// likewise, best first, unless its rows share registers. How new scores are taken in
// (TopkRows.h) follows from the encoding of the entries.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static LogicalResult verifyCount(Operation *op, int64_t count) {
  if (count <= kMostTopk)
    return success();
  return op->emitOpError() << "expected a top-k of at most " << kMostTopk
                           << " in a GPU kernel, got " << count;
}

/// A top-k of this warp. Shared memory has the queues of all warps, then their buffers.
std::unique_ptr<TopkRows> KernelEmitter::topkRows(Value values, Value indices) {
  RankedTensorType type = tileType(indices);
  int64_t all = type.getDimSize(0), count = type.getDimSize(1);
  QueuedRows inLanes{kLanes, lanesPerRow(count), kLanes, kLanes};
  TopkPlace place{lane, {}, {}, inLanes, /*rows=*/0, count, /*slots=*/0};
  if (auto encoding = encodingOf<QueuedAttr>(indices)) {
    int64_t warps = encoding.getWarps(), rows = rowsPerWarp(all, warps);
    Value queue = shared(queues.lookup(encoding.getQueue()));
    int64_t queueBytes = warpQueueBytes(all, warps, count);
    Value buffer = b.offset(queue, warps * queueBytes);
    place.rows = rows;
    place.of = queuedRows(all, warps, count);
    place.slots = bufferSlots(all, warps);
    place.queues = b.offset(queue, b.mul(warp, queueBytes));
    place.buffers = b.offset(buffer, b.mul(warp, rows * place.slots * kSlotBytes));
  } else {
    place.rows = rowsPerWarp(all, encodingOf<LanesAttr>(indices).getWarps());
  }
  return TopkRows::create(b, place, lookup(values), lookup(indices));
}

LogicalResult KernelEmitter::emitTopkUpdate(TopkUpdateOp op) {
  int64_t count = tileType(op.getValues()).getDimSize(1);
  if (failed(verifyCount(op, count)))
    return failure();
  int64_t columns = tileType(op.getScores()).getDimSize(1);
  Value scores = lookup(op.getScores()), base = b.toI32(lookup(op.getBase()));
  int64_t perRow = lanesPerRow(columns), rows = ThreadBuilder::sizeOf(scores) / perRow;
  SmallVector<Offer> offers(perRow);
  for (auto [k, offer] : llvm::enumerate(offers)) {
    for (int64_t r = 0; r < rows; ++r)
      offer.scores.push_back(b.extract(scores, r * perRow + k));
    offer.columns = std::min<int64_t>(columns - kLanes * k, kLanes);
    offer.first = b.add(base, kLanes * k);
  }
  std::unique_ptr<TopkRows> topk = topkRows(op.getValues(), op.getIndices());
  for (const Offer &offer : offers)
    topk->takeIn(offer);
  bind(op.getNewValues(), topk->getValues());
  bind(op.getNewIndices(), topk->getIndices());
  return success();
}

LogicalResult KernelEmitter::emitTopkIndices(TopkIndicesOp op) {
  if (failed(verifyCount(op, tileType(op.getIndices()).getDimSize(1))))
    return failure();
  std::unique_ptr<TopkRows> topk = topkRows(op.getValues(), op.getIndices());
  bind(op.getSorted(), b.fromElements(topk->takeSorted()));
  return success();
}

} // namespace fovea::tile_to_simt
