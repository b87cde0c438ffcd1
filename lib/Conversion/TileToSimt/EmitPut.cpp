//===- EmitPut.cpp - copies into rings ------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Both ways fill a slot alike: zeros outside of the view, chunks of `swizzle` bytes of
// columns, 16-byte units turned within a row (Placement.h). And both go on at once: the
// slot's `full` barrier learns when the copies have arrived.
//
//===----------------------------------------------------------------------===//

#include "Box.h"

#include "fovea/Hardware/GpuTargetInfo.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

namespace {
/// How a slot lies in shared memory.
struct SlotShape {
  explicit SlotShape(PutOp op) {
    RankedTensorType slot = cast<RingType>(op.getRing().getType()).getSlot();
    int64_t elementBytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
    swizzle = cast<SharedAttr>(slot.getEncoding()).getSwizzle();
    rows = slot.getDimSize(0);
    chunkColumns = swizzle / elementBytes;
    chunks = slot.getDimSize(1) / chunkColumns;
  }
  int64_t chunkBytes() const { return rows * swizzle; }

  int64_t swizzle, rows, chunkColumns, chunks;
};
} // namespace

LogicalResult KernelEmitter::emitPut(PutOp op) {
  if (!target.hasTma)
    return emitAsyncPut(op);
  // put_c5 holds for those alone. Other offsets may be anything: what is outside of the
  // view arrives as zeros.
  if (!matchPattern(op.getOffsets().back(), m_Constant()))
    return op.emitOpError() << "expected a constant last offset, for the copy engine";
  emitTmaPut(op);
  return success();
}

/// All of it by one lane, its wait too: a wait of the other lanes would be a second
/// path through the same barriers, and the warp takes one path after the other.
void KernelEmitter::emitTmaPut(PutOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  SlotShape slot(op);
  SmallVector<Value> offsets = lookup(op.getOffsets());
  Value map = maps.lookup({op.getView(), op.getSizesAttr()});
  b.emitIf(simt::ElectOp::create(b, b.getI1Type()), [&] {
    emitBarrierWait(turn.empty, turn.freeParity);
    simt::BarrierExpectOp::create(b, turn.full, slot.chunks * slot.chunkBytes());
    SmallVector<Value> coordinates;
    for (Value offset : llvm::reverse(offsets))
      coordinates.push_back(b.toI32(offset));
    Value first = coordinates.front();
    for (int64_t chunk = 0; chunk < slot.chunks; ++chunk) {
      coordinates.front() = b.add(first, chunk * slot.chunkColumns);
      simt::TmaLoadOp::create(b, b.offset(turn.slot, chunk * slot.chunkBytes()), map,
                              turn.full, coordinates);
    }
  });
}

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
LogicalResult KernelEmitter::emitAsyncPut(PutOp op) {
  SlotShape slot(op);
  Box box = boxAt(op.getView(), op.getOffsets(), op.getSizes());
  size_t last = box.sizes.size() - 1;
  if (box.type.isDynamicDim(last) || box.type.getDimSize(last) != box.sizes[last] ||
      !isConstantIntValue(op.getOffsets()[last], 0))
    return op.emitOpError() << "expected whole rows of the view, for lanes to copy";
  int64_t units = slot.swizzle / 16, rowsAtOnce = kLanes / units;
  if (slot.rows % rowsAtOnce != 0)
    return op.emitOpError() << "expected " << rowsAtOnce << " to divide the rows, got "
                            << slot.rows;
  Turn turn = turnOf(op.getRing(), op.getNumber());
  emitBarrierWait(turn.empty, turn.freeParity);
  Value unit = b.rem(lane, units), firstRow = b.div(lane, units);
  int64_t steps = unrolledSteps(slot.rows / rowsAtOnce);
  scf::ForOp loop = b.createLoop(b.i32(slot.rows), steps * rowsAtOnce);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  firstRow = b.add(firstRow, loop.getInductionVar());
  for (int64_t step = 0; step < steps; ++step) {
    int64_t rowsFurther = step * rowsAtOnce;
    SmallVector<Value> indices = box.unflatten(b.add(firstRow, rowsFurther), last);
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

} // namespace fovea::tile_to_simt
