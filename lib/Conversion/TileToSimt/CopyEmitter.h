//===- CopyEmitter.h - how tiles get into rings -----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Both ways fill a slot alike: zeros outside of the view, chunks of `swizzle` bytes of
// columns, 16-byte units turned within a row (Placement.h). And both go on at once: the
// slot's `full` barrier learns when the copies have arrived.
//
// Values, which no product reads, lie one behind the other. They are few for each
// token, at addresses that the copy engine does not take: lanes copy them on every
// target.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_COPYEMITTER_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_COPYEMITTER_H

#include "KernelFrame.h"
#include "RingProtocol.h"

#include <memory>

namespace fovea::tile_to_simt {

/// How a slot lies in shared memory.
struct SlotShape {
  explicit SlotShape(tile::PutOp op);

  int64_t chunkBytes() const { return rows * swizzle; }

  int64_t swizzle, rows, chunkColumns, chunks;
};

class CopyEmitter {
public:
  /// What the target has.
  static std::unique_ptr<CopyEmitter> create(KernelFrame &frame);

  explicit CopyEmitter(KernelFrame &frame) : frame(frame), b(frame.b) {}
  virtual ~CopyEmitter();

  /// Copies into the slot of `turn`; `emitSlotWait` waits until it is free.
  LogicalResult emitPut(tile::PutOp op, const Turn &turn,
                        llvm::function_ref<void()> emitSlotWait);
  /// How many arrive on the full barrier of a slot of `ring` for one tile.
  int64_t getArrivals(Value ring) const;
  /// The tensor maps that the launch passes, into the frame's, and as attributes of
  /// #tile.kernel_abi.
  virtual SmallVector<mlir::Attribute> addTensorMaps() { return {}; }
  /// Behind the initialization of barriers, by the thread that did it.
  virtual void emitInitFence() {}
  /// Orders this thread's reads and writes of slots before what copies and products
  /// that are no thread do there later.
  virtual void emitSlotFence() {}
  /// At the end of the producer: a warp's copies do not outlive it.
  void emitEnd();

protected:
  virtual LogicalResult emitTilePut(tile::PutOp op, const Turn &turn,
                                    llvm::function_ref<void()> emitSlotWait) = 0;
  virtual bool copiesTilesByLanes() const = 0;

  KernelFrame &frame;
  ThreadBuilder &b;

private:
  bool copiesByLanes(Value ring) const;
  void emitValuesPut(tile::PutOp op, const Turn &turn);
};

std::unique_ptr<CopyEmitter> createTmaCopies(KernelFrame &frame);
std::unique_ptr<CopyEmitter> createLaneCopies(KernelFrame &frame);

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_COPYEMITTER_H
