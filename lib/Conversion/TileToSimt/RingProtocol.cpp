//===- RingProtocol.cpp - rings as mbarriers ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "RingProtocol.h"

#include "CopyEmitter.h"
#include "ProductEmitter.h"
#include "fovea/Hardware/GpuTargetInfo.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

void RingProtocol::emitBarrierInits() {
  if (frame.rings.empty())
    return;
  Value thread = simt::SpecialOp::create(b, b.getI32Type(), simt::Special::Thread);
  Value isLeader = b.equal(thread, 0);
  if (frame.team) {
    Value isProducer = b.less(frame.blockWarp, frame.teams());
    isLeader = b.land(isProducer, b.equal(frame.lane, 0));
  }
  b.emitIf(isLeader, [&] {
    frame.kernel.walk([&](MakeRingOp op) {
      const RingPlace &place = frame.rings.lookup(op.getRing());
      // Who arrives on full: the lane that asked the copy engine or posted, or
      // each lane that copied.
      bool isTile = isa<RingType>(op.getRing().getType());
      for (int64_t i = 0; i < place.stages; ++i) {
        simt::BarrierInitOp::create(b, frame.shared(place.full + 8 * i),
                                    isTile ? copies.getArrivals(op.getRing()) : 1);
        simt::BarrierInitOp::create(b, frame.shared(place.empty + 8 * i),
                                    frame.consumerWarps());
      }
    });
    copies.emitInitFence();
  });
  simt::SyncBlockOp::create(b);
}

Turn RingProtocol::turnOf(Value ring, Value numberInRing) {
  const RingPlace &place = frame.rings.lookup(ring);
  Value number = frame.lookup(numberInRing);
  Value slot = b.rem(number, place.stages);
  Value parity = b.rem(b.div(number, place.stages), 2);
  auto at = [&](int64_t first, int64_t step) {
    Value bytes = b.mul(slot, step);
    return b.offset(frame.shared(first), bytes);
  };
  return {at(place.slots, place.slotBytes), at(place.full, 8), at(place.empty, 8),
          parity, b.lxor(parity, b.i32(1))};
}

void RingProtocol::emitWait(Value barrier, Value parity) {
  simt::BarrierWaitOp::create(b, barrier, parity, /*polling=*/!frame.target.hasTma);
}

void RingProtocol::emitGet(GetOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  emitWait(turn.full, turn.parity);
  frame.bind(op.getTile(), turn.slot);
}

/// The get of the slot that `op` gives back.
static GetOp findGet(ReleaseOp op) {
  for (Operation *user : op.getNumber().getUsers())
    if (auto get = dyn_cast<GetOp>(user))
      if (get.getRing() == op.getRing() && get->getBlock() == op->getBlock())
        return get;
  llvm_unreachable("release_c1 holds");
}

/// One arrival per warp, by its first lane: a warp that passes a block by need
/// not wait for the others of its group. Reads of the slot by ldmatrix, and of values,
/// are the lanes' own, so they meet first; behind wgmma its wait has done that. The
/// copy engine is no thread, and an arrival alone does not order reads before its
/// writes.
void RingProtocol::emitRelease(ReleaseOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  GetOp get = findGet(op);
  bool read = !get.getTile().use_empty(); // who passes a block by does not
  // With one slot a lane that still waits would see the next tile's phase.
  bool mayDrift = frame.rings.lookup(op.getRing()).stages == 1;
  if (read && isOfValues(op.getRing())) {
    simt::SyncWarpOp::create(b);
  } else if (!products.endsReadsTogether() && (read || mayDrift)) {
    if (read)
      copies.emitSlotFence();
    simt::SyncWarpOp::create(b);
  }
  simt::BarrierArriveOp::create(b, turn.empty, b.equal(frame.lane, 0));
}

LogicalResult RingProtocol::emitPut(PutOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  return copies.emitPut(op, turn, [&] { emitWait(turn.empty, turn.freeParity); });
}

void RingProtocol::emitPost(PostOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  b.emitIf(b.equal(frame.lane, 0), [&] {
    emitWait(turn.empty, turn.freeParity);
    Value flags = b.i32(0);
    if (op.getKeyBlock()) {
      Value unmasked = b.i32(2);
      flags = b.select(frame.lookup(op.getMasked()), b.i32(3), unmasked);
      b.store(b.toI32(frame.lookup(op.getKeyBlock())), turn.slot, 4);
      b.store(frame.lookup(op.getTokens()), b.offset(turn.slot, 8), 8);
    }
    b.store(flags, b.offset(turn.slot, 4), 4);
    simt::BarrierArriveOp::create(b, turn.full, b.boolean(true));
  });
}

/// Read by lane 0 and handed round, so that a branch on it does not diverge; the slot
/// is given back behind that, when the reads have come in.
void RingProtocol::emitTake(TakeOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  emitWait(turn.full, turn.parity);
  auto read = [&](int64_t byte) {
    return b.shuffleFrom(b.load(b.getI32Type(), b.offset(turn.slot, byte), 4), 0);
  };
  Value block = read(0), flags = read(4), low = read(8), high = read(12);
  simt::BarrierArriveOp::create(b, turn.empty, b.equal(frame.lane, 0));
  auto widen = [&](Value word) -> Value {
    return arith::ExtUIOp::create(b, b.getI64Type(), word);
  };
  frame.bind(op.getMore(), b.notEqual(b.land(flags, 2), 0));
  frame.bind(op.getMasked(), b.notEqual(b.land(flags, 1), 0));
  frame.bind(op.getKeyBlock(), b.toIndex(block));
  Value upper = b.shl(widen(high), 32);
  frame.bind(op.getTokens(), b.lor(widen(low), upper));
}

} // namespace fovea::tile_to_simt
