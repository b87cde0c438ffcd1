//===- TmaCopies.cpp - copies by the copy engine --------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CopyEmitter.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

namespace {
/// One lane asks; the engine counts the bytes that arrive.
class TmaCopies final : public CopyEmitter {
public:
  using CopyEmitter::CopyEmitter;

  LogicalResult emitPut(PutOp op, const Turn &turn,
                        function_ref<void()> emitSlotWait) override;
  int64_t getArrivals() const override { return 1; }
  SmallVector<Attribute> addTensorMaps() override;
  void emitInitFence() override { simt::FenceBarrierInitOp::create(b); }
  /// The engine is no thread, and an arrival alone does not order reads before its
  /// writes.
  void emitSlotFence() override { simt::FenceAsyncOp::create(b); }
};
} // namespace

/// One tensor map per view and box; `maps` is filled with null values.
SmallVector<Attribute> TmaCopies::addTensorMaps() {
  SmallVector<Attribute> attributes;
  frame.kernel.walk([&](PutOp op) {
    RankedTensorType slot = cast<RingType>(op.getRing().getType()).getSlot();
    int64_t swizzle = cast<SharedAttr>(slot.getEncoding()).getSwizzle();
    int64_t elementBytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
    SmallVector<int64_t> box{swizzle / elementBytes};
    for (int64_t size : llvm::reverse(op.getSizes().drop_back()))
      box.push_back(size);
    unsigned argument = cast<BlockArgument>(op.getView()).getArgNumber();
    auto attr = TensorMapAttr::get(b.getContext(), argument,
                                   b.getDenseI64ArrayAttr(box), swizzle);
    if (frame.maps.insert({{op.getView(), op.getSizesAttr()}, Value()}).second)
      attributes.push_back(attr);
  });
  return attributes;
}

/// All of it by one lane, its wait too: a wait of the other lanes would be a second
/// path through the same barriers, and the warp takes one path after the other.
LogicalResult TmaCopies::emitPut(PutOp op, const Turn &turn,
                                 function_ref<void()> emitSlotWait) {
  // put_c5 holds for those alone. Other offsets may be anything: what is outside of the
  // view arrives as zeros.
  if (!matchPattern(op.getOffsets().back(), m_Constant()))
    return op.emitOpError() << "expected a constant last offset, for the copy engine";
  SlotShape slot(op);
  SmallVector<Value> offsets = frame.lookup(op.getOffsets());
  Value map = frame.maps.lookup({op.getView(), op.getSizesAttr()});
  b.emitIf(simt::ElectOp::create(b, b.getI1Type()), [&] {
    emitSlotWait();
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
  return success();
}

std::unique_ptr<CopyEmitter> createTmaCopies(KernelFrame &frame) {
  return std::make_unique<TmaCopies>(frame);
}

} // namespace fovea::tile_to_simt
