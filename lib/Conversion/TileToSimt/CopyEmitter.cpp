//===- CopyEmitter.cpp - how tiles get into rings -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CopyEmitter.h"

#include "Box.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

CopyEmitter::~CopyEmitter() = default;

std::unique_ptr<CopyEmitter> CopyEmitter::create(KernelFrame &frame) {
  return frame.target.hasTma ? createTmaCopies(frame) : createLaneCopies(frame);
}

bool CopyEmitter::copiesByLanes(Value ring) const {
  return copiesTilesByLanes() || isOfValues(ring);
}

int64_t CopyEmitter::getArrivals(Value ring) const {
  return copiesByLanes(ring) ? kLanes : 1;
}

void CopyEmitter::emitEnd() {
  bool waits = false;
  frame.kernel.walk([&](PutOp op) { waits |= copiesByLanes(op.getRing()); });
  if (waits)
    simt::CopiesWaitOp::create(b);
}

LogicalResult CopyEmitter::emitPut(PutOp op, const Turn &turn,
                                   function_ref<void()> emitSlotWait) {
  if (!isOfValues(op.getRing()))
    return emitTilePut(op, turn, emitSlotWait);
  emitSlotWait();
  emitValuesPut(op, turn);
  return success();
}

/// Whether a multiple of `factor`, as far as one look at what makes it says.
static bool isMultipleOf(Value value, int64_t factor) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.getSExtValue() % factor == 0;
  auto product = value.getDefiningOp<arith::MulIOp>();
  return product && isMultipleOf(product.getRhs(), factor);
}

/// How many values a lane may copy at once: they are in one row of the view and of the
/// box, and begin at a multiple of their bytes, as arrays do at one of 16. Values of
/// the first dim are there, or gathered, one by one.
static int64_t valuesAtOnce(PutOp op) {
  auto view = cast<MemRefType>(op.getView().getType());
  int64_t last = view.getRank() - 1;
  for (int64_t values : {4, 2})
    if (last > 0 && !view.isDynamicDim(last) && view.getDimSize(last) % values == 0 &&
        op.getSizes()[last] % values == 0 && op.getWithin().value_or(0) % values == 0 &&
        isMultipleOf(op.getOffsets()[last], values))
      return values;
  return 1;
}

void CopyEmitter::emitValuesPut(PutOp op, const Turn &turn) {
  Box box = frame.boxAt(op.getView(), op.getOffsets(), op.getSizes());
  if (op.getRows())
    box.rows = frame.lookup(op.getRows());
  if (op.getCount())
    box.count = frame.lookup(op.getCount());
  box.within = op.getWithin();
  int64_t atOnce = valuesAtOnce(op), bytes = atOnce * box.elementBytes();
  int64_t copies = llvm::product_of(op.getSizes()) / atOnce;
  for (int64_t first = 0; first < copies; first += kLanes) {
    Value number = b.add(frame.lane, first);
    SmallVector<Value> indices = box.unflatten(b.mul(number, atOnce), box.sizes.size());
    Value isCounted = box.isCounted(indices);
    indices.front() = box.gathered(indices.front());
    b.emitIf(b.less(number, copies), [&] {
      Value isThere = b.land(isCounted, box.isInView(indices));
      Value to = b.offset(turn.slot, b.mul(number, bytes));
      simt::CopyAsyncOp::create(b, to, box.address(indices), isThere, bytes);
    });
  }
  simt::BarrierArriveCopiesOp::create(b, turn.full);
}

SlotShape::SlotShape(PutOp op) {
  RankedTensorType slot = cast<RingType>(op.getRing().getType()).getSlot();
  int64_t elementBytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
  swizzle = cast<SharedAttr>(slot.getEncoding()).getSwizzle();
  rows = slot.getDimSize(0);
  chunkColumns = swizzle / elementBytes;
  chunks = slot.getDimSize(1) / chunkColumns;
}

} // namespace fovea::tile_to_simt
