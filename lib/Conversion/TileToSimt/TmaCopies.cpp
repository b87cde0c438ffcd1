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

  LogicalResult emitTilePut(PutOp op, const Turn &turn,
                            function_ref<void()> emitSlotWait) override;
  bool copiesTilesByLanes() const override { return false; }
  SmallVector<Attribute> addTensorMaps() override;
  void emitInitFence() override { simt::FenceBarrierInitOp::create(b); }
  /// The engine is no thread, and an arrival alone does not order reads before its
  /// writes.
  void emitSlotFence() override { simt::FenceAsyncOp::create(b); }
};
} // namespace

/// What one copy takes: the box, or one index of a gathered dim.
static DenseI64ArrayAttr copiedSizes(PutOp op) {
  SmallVector<int64_t> sizes(op.getSizes());
  if (op.getRows())
    sizes.front() = 1;
  return DenseI64ArrayAttr::get(op.getContext(), sizes);
}

/// One tensor map per view and box; `maps` is filled with null values.
SmallVector<Attribute> TmaCopies::addTensorMaps() {
  SmallVector<Attribute> attributes;
  frame.kernel.walk([&](PutOp op) {
    RankedTensorType slot = cast<RingType>(op.getRing().getType()).getSlot();
    auto encoding = dyn_cast<SharedAttr>(slot.getEncoding());
    if (!encoding)
      return;
    int64_t swizzle = encoding.getSwizzle();
    int64_t elementBytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
    SmallVector<int64_t> box{swizzle / elementBytes};
    DenseI64ArrayAttr sizes = copiedSizes(op);
    for (int64_t size : llvm::reverse(sizes.asArrayRef().drop_back()))
      box.push_back(size);
    unsigned argument = cast<BlockArgument>(op.getView()).getArgNumber();
    auto attr = TensorMapAttr::get(b.getContext(), argument,
                                   b.getDenseI64ArrayAttr(box), swizzle);
    if (frame.maps.insert({{op.getView(), sizes}, Value()}).second)
      attributes.push_back(attr);
  });
  return attributes;
}

/// All of it by one lane, its wait too: a wait of the other lanes would be a second
/// path through the same barriers, and the warp takes one path after the other.
LogicalResult TmaCopies::emitTilePut(PutOp op, const Turn &turn,
                                     function_ref<void()> emitSlotWait) {
  // put_c5 holds for those alone. Other offsets may be anything: what is outside of the
  // view arrives as zeros.
  if (!matchPattern(op.getOffsets().back(), m_Constant()))
    return op.emitOpError() << "expected a constant last offset, for the copy engine";
  SlotShape slot(op);
  SmallVector<Value> offsets = frame.lookup(op.getOffsets());
  Value map = frame.maps.lookup({op.getView(), copiedSizes(op)});
  SmallVector<Value> firsts{b.toI32(offsets.front())};
  if (op.getRows()) {
    Value rows = frame.lookup(op.getRows()), base = firsts.pop_back_val();
    for (int64_t i = 0; i < op.getSizes().front(); ++i)
      firsts.push_back(
          b.add(base, b.shuffleFrom(b.extract(rows, i / kLanes), i % kLanes)));
  }
  int64_t copyRows = slot.rows / int64_t(firsts.size());
  constexpr int64_t kAlignment = 128; // of where the engine copies to
  if (copyRows * slot.swizzle % kAlignment != 0)
    return op.emitOpError() << "expected " << kAlignment
                            << " to divide the bytes that the rows of an index take of "
                               "a chunk of columns, got "
                            << copyRows * slot.swizzle;
  b.emitIf(simt::ElectOp::create(b, b.getI1Type()), [&] {
    emitSlotWait();
    simt::BarrierExpectOp::create(b, turn.full, slot.chunks * slot.chunkBytes());
    SmallVector<Value> coordinates;
    for (Value offset : llvm::reverse(offsets))
      coordinates.push_back(b.toI32(offset));
    Value column = b.toI32(offsets.back());
    for (auto [i, first] : llvm::enumerate(firsts))
      for (int64_t chunk = 0; chunk < slot.chunks; ++chunk) {
        coordinates.front() = b.add(column, chunk * slot.chunkColumns);
        coordinates.back() = first;
        int64_t byte = chunk * slot.chunkBytes() + i * copyRows * slot.swizzle;
        simt::TmaLoadOp::create(b, b.offset(turn.slot, byte), map, turn.full,
                                coordinates);
      }
  });
  return success();
}

std::unique_ptr<CopyEmitter> createTmaCopies(KernelFrame &frame) {
  return std::make_unique<TmaCopies>(frame);
}

} // namespace fovea::tile_to_simt
