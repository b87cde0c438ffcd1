//===- KernelFrame.cpp - what the parts of an emission share --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelFrame.h"

#include "Box.h"
#include "fovea/Dialect/Tile/IR/QueuedRows.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "fovea/Hardware/RegisterBudget.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

static int64_t vectorSize(RankedTensorType type) {
  Attribute encoding = type.getEncoding();
  ArrayRef<int64_t> shape = type.getShape();
  bool packed = type.getElementType().isF16() || type.getElementType().isBF16();
  if (isa<FragmentAttr>(encoding))
    return fragmentSize(shape[1]) / (packed ? 2 : 1);
  if (isa<FragmentRowsAttr>(encoding))
    return 2;
  if (isa<FragmentColumnsAttr>(encoding))
    return shape[0] / 4;
  if (auto lanes = dyn_cast<LanesAttr>(encoding))
    return rowsPerWarp(shape[0], lanes.getWarps()) * lanesPerRow(shape[1]);
  if (auto queued = dyn_cast<QueuedAttr>(encoding))
    return queuedRegisters(shape[0], queued.getWarps(), shape[1]) +
           (type.getElementType().isInteger(32)
                ? waitingNumbers(shape[0], queued.getWarps())
                : 0);
  if (auto rows = dyn_cast<LaneRowsAttr>(encoding))
    return rowsPerWarp(shape[0], rows.getWarps());
  if (isa<LaneColumnsAttr>(encoding))
    return lanesPerRow(shape[0]);
  assert(isa<FlatAttr>(encoding) && "the set of encodings is closed");
  return (type.getNumElements() + kLanes - 1) / kLanes;
}

Type convertType(Type type) {
  if (auto pending = dyn_cast<PendingType>(type))
    return convertType(pending.getTile());
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return type;
  MLIRContext *context = type.getContext();
  if (isa<SharedAttr, SharedValuesAttr, ScratchAttr>(tensor.getEncoding()))
    return LLVM::LLVMPointerType::get(context, 3);
  if (isa<BitsAttr>(tensor.getEncoding()))
    return IntegerType::get(context, 64);
  Type element = tensor.getElementType();
  if (isa<FragmentAttr>(tensor.getEncoding()) && (element.isF16() || element.isBF16()))
    element = IntegerType::get(context, 32);
  return VectorType::get(vectorSize(tensor), element);
}

bool isOfValues(Value ring) {
  auto type = dyn_cast<RingType>(ring.getType());
  return type && isa<SharedValuesAttr>(type.getSlot().getEncoding());
}

simt::Half halfOf(Type element) {
  return element.isBF16() ? simt::Half::BF16 : simt::Half::F16;
}

Value unitAddress(ThreadBuilder &b, Value tile, int64_t swizzle, Value row,
                  Value unit) {
  Value byte = sharedUnitByte(swizzle, ThreadNumber(b, row), ThreadNumber(b, unit));
  return b.offset(tile, b.toI64(byte));
}

SmallVector<Value> KernelFrame::lookup(ValueRange values) const {
  return llvm::map_to_vector(values, [&](Value value) { return map.lookup(value); });
}

// Named barriers: 0 is the block's, then one for each warpgroup's own meetings, then
// one for each warpgroup's turn, at which the one before it arrives; all of them team
// by team.
static constexpr int64_t kFirstOfGroups = 1;

static Value amongTeams(KernelFrame &frame, Value group) {
  return frame.team ? frame.b.add(frame.b.mul(frame.team, frame.warpgroups()), group)
                    : group;
}

void KernelFrame::syncWarpgroup() {
  simt::SyncNamedOp::create(b, b.add(amongTeams(*this, warpgroup), kFirstOfGroups),
                            kWarpsPerGroup * kLanes);
}

int64_t KernelFrame::warpgroups() { return consumerWarps() / kWarpsPerGroup; }
Value KernelFrame::turnBarrier(Value group) {
  return b.add(amongTeams(*this, group), kFirstOfGroups + teams() * warpgroups());
}

bool KernelFrame::hasProducer() { return !roles.getProducer().front().empty(); }
int64_t KernelFrame::teams() {
  GpuAttr schedule = getGpuSchedule(kernel);
  return schedule ? schedule.getTeams() : 1;
}
int64_t KernelFrame::consumerWarps() { return roles.getWarps(); }
int64_t KernelFrame::producerWarps() {
  return hasProducer() ? getProducerWarps(target, teams()) : 0;
}
int64_t KernelFrame::threads() {
  return (producerWarps() + teams() * consumerWarps()) * kLanes;
}

bool KernelFrame::handsRegistersOver() {
  return hasProducer() && target.hasWgmma && consumerWarps() % kWarpsPerGroup == 0;
}
int64_t KernelFrame::blocksPerMultiprocessor() {
  GpuAttr schedule = getGpuSchedule(kernel);
  return schedule ? schedule.getResidency() : 1;
}

Box KernelFrame::boxAt(Value view, ValueRange offsets, ArrayRef<int64_t> box) {
  auto found = sizes.find(view);
  return {b,
          pointers.lookup(view),
          cast<MemRefType>(view.getType()),
          found == sizes.end() ? ArrayRef<Value>() : ArrayRef<Value>(found->second),
          lookup(offsets),
          SmallVector<int64_t>(box)};
}

} // namespace fovea::tile_to_simt
