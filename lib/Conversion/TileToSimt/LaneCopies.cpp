//===- LaneCopies.cpp - copies by the lanes of a warp ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Box.h"
#include "CopyEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

namespace {
/// Each lane arrives when its copies have.
class LaneCopies final : public CopyEmitter {
public:
  using CopyEmitter::CopyEmitter;

  LogicalResult emitTilePut(PutOp op, const Turn &turn,
                            function_ref<void()> emitSlotWait) override;
  bool copiesTilesByLanes() const override { return true; }
};
} // namespace

/// How many of `steps` are written out: then their addresses are constants apart.
static int64_t unrolledSteps(int64_t steps) {
  constexpr int64_t kMost = 16;
  int64_t count = std::min(steps, kMost);
  while (steps % count != 0)
    --count;
  return count;
}

/// By all lanes, 16 bytes each at a time: neighbours take the units of one row's chunk,
/// as many rows at once as the warp has lanes for. Each lane's last copy arrives on the
/// barrier for all of its copies, so nobody waits here but for the slot.
LogicalResult LaneCopies::emitTilePut(PutOp op, const Turn &turn,
                                      function_ref<void()> emitSlotWait) {
  SlotShape slot(op);
  Box box = frame.boxAt(op.getView(), op.getOffsets(), op.getSizes());
  if (op.getRows())
    box.rows = frame.lookup(op.getRows());
  size_t last = box.sizes.size() - 1;
  // put_c5 has a constant first column at a multiple of 16 bytes; then all rows are at
  // one, where the view's are of whole units.
  if (box.type.isDynamicDim(last) ||
      box.type.getDimSize(last) * box.elementBytes() % 16 != 0 ||
      !getConstantIntValue(op.getOffsets()[last]))
    return op.emitOpError() << "expected columns from a constant first one of rows of "
                               "whole 16 bytes, for lanes to copy";
  int64_t units = slot.swizzle / 16, rowsAtOnce = kLanes / units;
  if (slot.rows % rowsAtOnce != 0)
    return op.emitOpError() << "expected " << rowsAtOnce << " to divide the rows, got "
                            << slot.rows;
  emitSlotWait();
  Value unit = b.rem(frame.lane, units), firstRow = b.div(frame.lane, units);
  int64_t steps = unrolledSteps(slot.rows / rowsAtOnce);
  scf::ForOp loop = b.createLoop(b.i32(slot.rows), steps * rowsAtOnce);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  firstRow = b.add(firstRow, loop.getInductionVar());
  for (int64_t step = 0; step < steps; ++step) {
    int64_t rowsFurther = step * rowsAtOnce;
    SmallVector<Value> indices = box.unflatten(b.add(firstRow, rowsFurther), last);
    indices.front() = box.gathered(indices.front());
    Value inView = box.isInView(indices);
    Value inRow = b.toI64(b.mul(unit, 16));
    Value from = b.offset(box.address(indices), inRow);
    // Turns repeat every kTurnRows: rows as far apart are constants apart.
    Value turnRow = b.add(firstRow, rowsFurther % kTurnRows);
    Value to = b.offset(unitAddress(b, turn.slot, slot.swizzle, turnRow, unit),
                        rowsFurther / kTurnRows * kTurnRows * slot.swizzle);
    for (int64_t chunk = 0; chunk < slot.chunks; ++chunk) {
      Value source = b.offset(from, chunk * slot.swizzle);
      simt::CopyAsyncOp::create(b, b.offset(to, chunk * slot.chunkBytes()), source,
                                inView);
    }
  }
  b.setInsertionPointAfter(loop);
  simt::BarrierArriveCopiesOp::create(b, turn.full);
  return success();
}

std::unique_ptr<CopyEmitter> createLaneCopies(KernelFrame &frame) {
  return std::make_unique<LaneCopies>(frame);
}

} // namespace fovea::tile_to_simt
