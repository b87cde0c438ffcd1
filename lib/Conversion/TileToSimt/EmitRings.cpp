//===- EmitRings.cpp - rings as mbarriers ---------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two mbarriers per slot. `full` completes a phase when the producer's copies
// (EmitPut.cpp) have arrived, `empty` when every consumer warp has. Tile n uses slot n
// % stages in turn n / stages. Its arrival is phase `turn & 1` of full; before the
// producer writes, turn - 1 must have been given back: phase `(turn & 1) ^ 1` of empty,
// which a fresh barrier counts as completed.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "fovea/Hardware/GpuTargetInfo.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

KernelEmitter::Turn KernelEmitter::turnOf(Value ring, Value numberInRing) {
  const RingPlace &place = rings.lookup(ring);
  Value number = lookup(numberInRing);
  Value slot = b.rem(number, place.stages);
  Value parity = b.rem(b.div(number, place.stages), 2);
  auto at = [&](int64_t first, int64_t step) {
    Value bytes = b.mul(slot, step);
    return b.offset(shared(first), bytes);
  };
  return {at(place.slots, place.slotBytes), at(place.full, 8), at(place.empty, 8),
          parity, b.lxor(parity, b.i32(1))};
}

void KernelEmitter::emitBarrierWait(Value barrier, Value parity) {
  simt::BarrierWaitOp::create(b, barrier, parity, /*polling=*/!target.hasTma);
}

void KernelEmitter::emitGet(GetOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  emitBarrierWait(turn.full, turn.parity);
  bind(op.getTile(), turn.slot);
}

/// Whether this warp read the slot that it gives back. Who passes a block by does not.
static bool hasRead(ReleaseOp op) {
  for (Operation *user : op.getNumber().getUsers())
    if (auto get = dyn_cast<GetOp>(user))
      if (get.getRing() == op.getRing() && get->getBlock() == op->getBlock())
        return !get.getTile().use_empty();
  return true;
}

/// One arrival per warp, by its first lane: a warp that passes a block by need not wait
/// for the others of its group. Reads of the slot by ldmatrix are the lanes' own, so
/// they meet first; behind wgmma its wait has done that. The copy engine is no thread,
/// and an arrival alone does not order reads before its writes.
void KernelEmitter::emitRelease(ReleaseOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  bool read = hasRead(op);
  // With one slot a lane that still waits would see the next tile's phase.
  bool mayDrift = rings.lookup(op.getRing()).stages == 1;
  if (!usesWgmma() && (read || mayDrift)) {
    if (target.hasTma && read)
      simt::FenceAsyncOp::create(b);
    simt::SyncWarpOp::create(b);
  }
  simt::BarrierArriveOp::create(b, turn.empty, b.equal(lane, 0));
}

/// Those who compute together clear for themselves: all write the same zeros, and none
/// reads before its own threads have.
void KernelEmitter::emitClearRows(ClearRowsOp op) {
  RankedTensorType type = tileType(op.getTile());
  int64_t swizzle = encodingOf<SharedAttr>(op.getTile()).getSwizzle();
  int64_t rows = type.getDimSize(0), unitsPerLine = swizzle / 16;
  int64_t rowBytes =
      type.getDimSize(1) * type.getElementType().getIntOrFloatBitWidth() / 8;
  Value tile = lookup(op.getTile()), count = lookup(op.getCount());
  int64_t threads = unitWarps() * kLanes;
  Value thread = b.add(b.mul(b.rem(warp, unitWarps()), kLanes), lane);
  b.emitIf(b.less(count, rows), [&] {
    Value first = b.toI32(b.max(count, b.index(0)));
    // Units of 16 bytes, in memory order: [chunk][row][unit].
    int64_t units = rows * rowBytes / 16;
    Value step = b.i32(threads);
    auto loop = scf::ForOp::create(b, thread, b.i32(units), step, ValueRange());
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value unit = loop.getInductionVar();
      Value row = b.rem(b.div(unit, unitsPerLine), rows);
      b.emitIf(b.atLeast(row, first), [&] {
        Value zero = b.splat(b.i32(0), 4);
        b.store(zero, b.offset(tile, b.mul(unit, 16)), 16);
      });
    }
    if (target.hasTma)
      simt::FenceAsyncOp::create(b);
    if (unitWarps() == kWarpsPerGroup)
      syncWarpgroup();
    else
      simt::SyncWarpOp::create(b);
  });
}

//===----------------------------------------------------------------------===//
// Visits: {block i32, flags i32, tokens i64}; flag 1: masked, 2: more
//===----------------------------------------------------------------------===//

void KernelEmitter::emitPost(PostOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  b.emitIf(b.equal(lane, 0), [&] {
    emitBarrierWait(turn.empty, turn.freeParity);
    Value flags = b.i32(0);
    if (op.getKeyBlock()) {
      Value unmasked = b.i32(2);
      flags = b.select(lookup(op.getMasked()), b.i32(3), unmasked);
      b.store(b.toI32(lookup(op.getKeyBlock())), turn.slot, 4);
      b.store(lookup(op.getTokens()), b.offset(turn.slot, 8), 8);
    }
    b.store(flags, b.offset(turn.slot, 4), 4);
    simt::BarrierArriveOp::create(b, turn.full, b.boolean(true));
  });
}

/// Read by lane 0 and handed round, so that a branch on it does not diverge; the slot
/// is given back behind that, when the reads have come in.
void KernelEmitter::emitTake(TakeOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  emitBarrierWait(turn.full, turn.parity);
  auto read = [&](int64_t byte) {
    return b.shuffleFrom(b.load(b.getI32Type(), b.offset(turn.slot, byte), 4), 0);
  };
  Value block = read(0), flags = read(4), low = read(8), high = read(12);
  simt::BarrierArriveOp::create(b, turn.empty, b.equal(lane, 0));
  auto widen = [&](Value word) -> Value {
    return arith::ExtUIOp::create(b, b.getI64Type(), word);
  };
  bind(op.getMore(), b.notEqual(b.land(flags, 2), 0));
  bind(op.getMasked(), b.notEqual(b.land(flags, 1), 0));
  bind(op.getKeyBlock(), b.toIndex(block));
  Value upper = b.shl(widen(high), 32);
  bind(op.getTokens(), b.lor(widen(low), upper));
}

/// Tokens first .. last of the rows of those who compute together; at most 64, since a
/// row is one token's.
void KernelEmitter::emitAnyToken(AnyTokenOp op) {
  int64_t rows = unitWarps() * kFragmentRows;
  Value firstRow = b.mul(b.div(warp, unitWarps()), rows);
  Value first = b.div(firstRow, op.getHeads());
  Value last = b.div(b.add(firstRow, rows - 1), op.getHeads());
  Value bits = b.shr(lookup(op.getTokens()), b.toI64(first));
  Value unused = b.toI64(b.sub(b.add(first, 63), last));
  bind(op.getSome(), b.notEqual(b.shl(bits, unused), 0));
}

} // namespace fovea::tile_to_simt
