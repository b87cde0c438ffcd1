//===- EmitUnits.cpp - what warps that compute together do ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

/// Whether the loop around `op` leaves no registers to what it seldom needs: one that
/// multiplies four times, as a gradient of keys and values does. There the thread's
/// number is read in the branch that needs it, and 36 to 76 bytes are spilled less; an
/// attention's kernels spill more by it (ptxas 13.0).
static bool isShortOfRegisters(Operation *op) {
  return llvm::range_size(op->getBlock()->getOps<IssueDotOp>()) > 3;
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
  int64_t threads = products->unitWarps() * kLanes;
  b.emitIf(b.less(count, rows), [&] {
    Value ofBlock = simt::SpecialOp::create(b, b.getI32Type(), simt::Special::Thread,
                                            isShortOfRegisters(op));
    Value thread = b.rem(ofBlock, threads);
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
    copies->emitSlotFence();
    products->emitUnitSync();
  });
}

/// Tokens first .. last of the rows of those who compute together; at most 64, since a
/// row is one token's. Warps that multiply on their own have passed by what none of
/// their tokens listed.
void KernelEmitter::emitAnyToken(AnyTokenOp op) {
  if (op.getByWarp() && products->unitWarps() == 1)
    return bind(op.getSome(), b.boolean(true));
  int64_t unitWarps = op.getByWarp() ? 1 : products->unitWarps();
  int64_t rows = unitWarps * kFragmentRows;
  Value firstRow = b.mul(b.div(warp, unitWarps), rows);
  Value first = b.div(firstRow, op.getHeads());
  Value last = b.div(b.add(firstRow, rows - 1), op.getHeads());
  Value bits = b.shr(lookup(op.getTokens()), b.toI64(first));
  Value unused = b.toI64(b.sub(b.add(first, 63), last));
  bind(op.getSome(), b.notEqual(b.shl(bits, unused), 0));
}

/// At a turn's barrier the warpgroup meets the one before it, which goes on at once.
static constexpr int64_t kTurnThreads = 2 * kWarpsPerGroup * kLanes;

/// The first turn is the first warpgroup's: the last one hands it over. A lone
/// warpgroup takes no turns.
void KernelEmitter::emitFirstTurn() {
  auto awaits = [](AwaitTurnOp) { return WalkResult::interrupt(); };
  if (warpgroups() <= 1 || !roles.getConsumers().walk(awaits).wasInterrupted())
    return;
  b.emitIf(b.equal(warpgroup, warpgroups() - 1), [&] {
    simt::ArriveNamedOp::create(b, turnBarrier(b.i32(0)), kTurnThreads);
  });
}

void KernelEmitter::emitAwaitTurn() {
  if (warpgroups() > 1)
    simt::SyncNamedOp::create(b, turnBarrier(warpgroup), kTurnThreads);
}

void KernelEmitter::emitPassTurn() {
  if (warpgroups() <= 1)
    return;
  Value isLast = b.equal(warpgroup, warpgroups() - 1), first = b.i32(0);
  Value next = b.select(isLast, first, b.add(warpgroup, 1));
  simt::ArriveNamedOp::create(b, turnBarrier(next), kTurnThreads);
}

} // namespace fovea::tile_to_simt
