//===- EmitRings.cpp - rings as mbarriers and TMA -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Two mbarriers per slot. `full` completes a phase when the producer's thread has arrived
// and the bytes are there, `empty` when every consumer warp has arrived. Tile n uses slot
// n % stages in turn n / stages. Its arrival is phase `turn & 1` of full; before the
// producer writes, turn - 1 must have been given back: phase `(turn & 1) ^ 1` of empty,
// which a fresh barrier counts as completed.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_sm90 {

/// One tile's turn of its slot.
struct KernelEmitter::Turn {
  Value slot;        ///< address
  Value full, empty; ///< addresses
  Value parity;      ///< i32, of full; that of empty is the other one
};

KernelEmitter::Turn KernelEmitter::turnOf(Value ring, Value numberInRing) {
  const RingPlace &place = rings.lookup(ring);
  Value number = lookup(numberInRing);
  Value slot = b.rem(number, place.stages);
  Value parity = b.rem(b.div(number, place.stages), 2);
  auto at = [&](int64_t first, int64_t step) {
    return b.offset(shared(first), b.mul(slot, step));
  };
  return {at(place.slots, place.slotBytes), at(place.full, 8), at(place.empty, 8),
          parity};
}

/// All of it by one lane, its wait too: a wait of the other lanes would be a second path
/// through the same barriers, and the warp takes one path after the other.
void KernelEmitter::emitPut(PutOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  RankedTensorType slot = cast<RingType>(op.getRing().getType()).getSlot();
  int64_t swizzle = cast<SharedAttr>(slot.getEncoding()).getSwizzle();
  int64_t elementBytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
  int64_t chunkColumns = swizzle / elementBytes, chunkBytes = slot.getDimSize(0) * swizzle;
  int64_t chunks = slot.getDimSize(1) / chunkColumns;
  SmallVector<Value> offsets = lookup(op.getOffsets());
  Value map = maps.lookup({op.getView(), op.getSizesAttr()});
  b.emitIf(b.equal(lane, 0), [&] {
    sm90::BarrierWaitOp::create(b, turn.empty, b.lxor(turn.parity, b.i32(1)));
    sm90::BarrierExpectOp::create(b, turn.full, chunks * chunkBytes);
    SmallVector<Value> coordinates;
    for (Value offset : llvm::reverse(offsets))
      coordinates.push_back(b.toI32(offset));
    Value first = coordinates.front();
    for (int64_t chunk = 0; chunk < chunks; ++chunk) {
      coordinates.front() = b.add(first, chunk * chunkColumns);
      sm90::TmaLoadOp::create(b, b.offset(turn.slot, chunk * chunkBytes), map, turn.full,
                              coordinates);
    }
  });
}

void KernelEmitter::emitGet(GetOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  sm90::BarrierWaitOp::create(b, turn.full, turn.parity);
  bind(op.getTile(), turn.slot);
}

/// One arrival per warp, by its first lane: the warp has converged behind what read the
/// slot, and a warp that passes a block by need not wait for the others of its group.
void KernelEmitter::emitRelease(ReleaseOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  sm90::BarrierArriveOp::create(b, turn.empty, b.equal(lane, 0));
}

/// Every warpgroup clears for itself: they all write the same zeros, and none reads
/// before its own threads have.
void KernelEmitter::emitClearRows(ClearRowsOp op) {
  RankedTensorType type = tileType(op.getTile());
  int64_t swizzle = encodingOf<SharedAttr>(op.getTile()).getSwizzle();
  int64_t rows = type.getDimSize(0), unitsPerLine = swizzle / 16;
  int64_t rowBytes =
      type.getDimSize(1) * type.getElementType().getIntOrFloatBitWidth() / 8;
  Value tile = lookup(op.getTile()), count = lookup(op.getCount());
  bool wholeGroups = consumerWarps() % kWarpsPerGroup == 0;
  int64_t threads = wholeGroups ? kWarpsPerGroup * kLanes : kLanes;
  Value thread = wholeGroups ? b.add(b.mul(b.rem(warp, kWarpsPerGroup), kLanes), lane)
                             : lane;
  b.emitIf(b.less(count, rows), [&] {
    Value first = b.toI32(b.max(count, b.index(0)));
    // Units of 16 bytes, in memory order: [chunk][row][unit].
    int64_t units = rows * rowBytes / 16;
    auto loop = scf::ForOp::create(b, thread, b.i32(units), b.i32(threads), ValueRange());
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
    sm90::FenceAsyncOp::create(b);
    if (wholeGroups)
      syncWarpgroup();
    else
      sm90::SyncWarpOp::create(b);
  });
}

//===----------------------------------------------------------------------===//
// Visits: {block i32, flags i32, tokens i64}; flag 1: masked, 2: more
//===----------------------------------------------------------------------===//

void KernelEmitter::emitPost(PostOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  b.emitIf(b.equal(lane, 0), [&] {
    sm90::BarrierWaitOp::create(b, turn.empty, b.lxor(turn.parity, b.i32(1)));
    Value flags = b.i32(0);
    if (op.getBlock()) {
      flags = b.select(lookup(op.getMasked()), b.i32(3), b.i32(2));
      b.store(b.toI32(lookup(op.getBlock())), turn.slot, 4);
      b.store(lookup(op.getTokens()), b.offset(turn.slot, 8), 8);
    }
    b.store(flags, b.offset(turn.slot, 4), 4);
    sm90::BarrierArriveOp::create(b, turn.full, b.boolean(true));
  });
}

/// Read by lane 0 and handed round, so that a branch on it does not diverge; the slot is
/// given back behind that, when the reads have come in.
void KernelEmitter::emitTake(TakeOp op) {
  Turn turn = turnOf(op.getRing(), op.getNumber());
  sm90::BarrierWaitOp::create(b, turn.full, turn.parity);
  auto read = [&](int64_t byte) {
    return b.shuffleFrom(b.load(b.getI32Type(), b.offset(turn.slot, byte), 4), b.i32(0));
  };
  Value block = read(0), flags = read(4), low = read(8), high = read(12);
  sm90::BarrierArriveOp::create(b, turn.empty, b.equal(lane, 0));
  auto widen = [&](Value word) -> Value {
    return arith::ExtUIOp::create(b, b.getI64Type(), word);
  };
  bind(op.getMore(), b.notEqual(b.land(flags, 2), 0));
  bind(op.getMasked(), b.notEqual(b.land(flags, 1), 0));
  bind(op.getBlock(), b.toIndex(block));
  bind(op.getTokens(), b.lor(widen(low), b.shl(widen(high), b.i64(32))));
}

/// Tokens first .. last of the group's 64 rows; at most 64, since a row is one token's.
void KernelEmitter::emitAnyToken(AnyTokenOp op) {
  constexpr int64_t kGroupRows = kWarpsPerGroup * kFragmentRows;
  Value firstRow = b.mul(warpgroup, kGroupRows);
  Value first = b.div(firstRow, op.getHeads());
  Value last = b.div(b.add(firstRow, kGroupRows - 1), op.getHeads());
  Value bits = b.shr(lookup(op.getTokens()), b.toI64(first));
  Value unused = b.toI64(b.sub(b.add(first, 63), last));
  bind(op.getSome(), b.notEqual(b.shl(bits, unused), 0));
}

} // namespace fovea::tile_to_sm90
