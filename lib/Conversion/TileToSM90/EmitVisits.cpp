//===- EmitVisits.cpp - sequences, ranges of blocks, merged lists ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_sm90 {

/// Binary search for the last sequence whose first tile is at or before the given one:
/// sequence i starts at tile cu[i] / step + i, which ascends strictly.
void KernelEmitter::emitLocate(LocateOp op) {
  Value cu = pointers.lookup(op.getCu());
  int64_t ends = op.getCu().getType().getDimSize(0);
  Value count = ShapedType::isDynamic(ends)
                    ? b.add(sizes.lookup(op.getCu()).front(), -1)
                    : b.index(ends - 1);
  Value tile = lookup(op.getTile());
  auto startOf = [&](Value sequence) {
    Value word = b.load(b.getI32Type(), b.offset(cu, b.mul(sequence, 4)), 4);
    return b.toIndex(word);
  };
  auto firstTile = [&](Value sequence, Value start) {
    return b.add(b.div(start, op.getStep()), sequence);
  };
  Type index = b.getIndexType();
  auto search = scf::WhileOp::create(b, TypeRange{index, index},
                                     ValueRange{b.index(0), count});
  {
    OpBuilder::InsertionGuard guard(b);
    Location loc = b.getLoc();
    Block *before = b.createBlock(&search.getBefore(), {}, {index, index}, {loc, loc});
    Value low = before->getArgument(0), high = before->getArgument(1);
    scf::ConditionOp::create(b, b.less(b.add(low, 1), high), before->getArguments());
    Block *after = b.createBlock(&search.getAfter(), {}, {index, index}, {loc, loc});
    low = after->getArgument(0), high = after->getArgument(1);
    Value middle = b.div(b.add(low, high), 2);
    Value isLater = b.less(tile, firstTile(middle, startOf(middle)));
    scf::YieldOp::create(b, ValueRange{b.select(isLater, low, middle),
                                       b.select(isLater, middle, high)});
  }
  Value sequence = search.getResult(0);
  Value base = startOf(sequence), end = startOf(b.add(sequence, 1));
  bind(op.getSequence(), sequence);
  bind(op.getBase(), base);
  bind(op.getLength(), b.sub(end, base));
  bind(op.getFirst(), b.mul(b.sub(tile, firstTile(sequence, base)), op.getStep()));
}

/// Whether some row of the tile may not see some key of the block.
static Value needsMask(ThreadBuilder &b, Value block, Value fullBegin, Value fullEnd) {
  return b.lor(b.less(block, fullBegin), b.atLeast(block, fullEnd));
}

LogicalResult KernelEmitter::emitVisits(ForVisitsOp op) {
  if (auto lists = op.getVisits().getDefiningOp<VisitListsOp>())
    return emitListedVisits(op, lists);
  auto range = op.getVisits().getDefiningOp<VisitRangeOp>();
  if (!range)
    return op.emitOpError() << "expected visits of a range or of lists";
  auto loop = scf::ForOp::create(b, lookup(range.getBegin()), lookup(range.getEnd()),
                                 b.index(1), lookup(op.getInits()));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  bind(op.getBlockNumber(), loop.getInductionVar());
  bind(op.getTokenMask(), b.i64(-1));
  bind(op.getNeedsMask(), needsMask(b, loop.getInductionVar(),
                                    lookup(range.getFullBegin()),
                                    lookup(range.getFullEnd())));
  map.map(op.getCarried(), loop.getRegionIterArgs());
  Block &body = op.getBody().front();
  if (failed(emitBlock(body)))
    return failure();
  yieldFromFor(lookup(body.getTerminator()->getOperands()));
  map.map(op.getResults(), loop.getResults());
  return success();
}

/// The union of the lists in ascending order, by one warp whose lanes hold their entries:
/// each round takes the least entry above the last. An entry of -1 is above all as an
/// unsigned number. Each listed block stands for `split` key blocks.
LogicalResult KernelEmitter::emitListedVisits(ForVisitsOp op, VisitListsOp lists) {
  constexpr int64_t kNone = 0x7fffffff;
  RankedTensorType type = tileType(lists.getLists());
  int64_t perToken = type.getDimSize(1), split = lists.getSplit();
  Value entries = lookup(lists.getLists());
  Value begin = lookup(lists.getBegin()), end = lookup(lists.getEnd());
  // `condition`, where it is of an entry: the last lanes may hold one fewer.
  auto ofEntry = [&](int64_t e, Value condition) {
    int64_t count = type.getNumElements();
    return kLanes * (e + 1) > count
               ? b.land(condition, b.less(b.add(lane, kLanes * e), count))
               : condition;
  };
  auto leastAbove = [&](Value last) { // last: i32
    Value least = b.i32(kNone);
    for (int64_t e = 0; e < ThreadBuilder::sizeOf(entries); ++e) {
      Value entry = b.extract(entries, e);
      Value here = b.land(b.less(last, entry), b.less(entry, least));
      least = b.select(ofEntry(e, here), entry, least);
    }
    return sm90::WarpReduceOp::create(b, b.getI32Type(),
                                      sm90::WarpReduction::MinUnsigned, least)
        .getResult();
  };
  auto tokensOf = [&](Value listed) {
    // The bits of 32 tokens from `firstToken` on.
    auto wordFrom = [&](int64_t firstToken) -> Value {
      Value word = b.i32(0);
      for (int64_t e = 0; e < ThreadBuilder::sizeOf(entries); ++e) {
        Value token = b.div(b.add(lane, kLanes * e), perToken);
        Value hit = ofEntry(e, b.equal(b.extract(entries, e), listed));
        if (type.getDimSize(0) > 32)
          hit =
              b.land(hit, firstToken ? b.atLeast(token, b.i32(32)) : b.less(token, 32));
        Value bit = b.shl(b.i32(1), b.rem(token, 32));
        word = b.lor(word, b.select(hit, bit, b.i32(0)));
      }
      Value merged = sm90::WarpReduceOp::create(b, b.getI32Type(),
                                                sm90::WarpReduction::Or, word);
      return arith::ExtUIOp::create(b, b.getI64Type(), merged);
    };
    Value low = wordFrom(0);
    return type.getDimSize(0) > 32 ? b.lor(low, b.shl(wordFrom(32), b.i64(32))) : low;
  };
  // A round's block and tokens are found in the round before it, ahead of the copies: the
  // warp runs in order, and their latency passes behind what does not need them.
  SmallVector<Value> inits = lookup(op.getInits());
  SmallVector<Value> loopInits{leastAbove(b.i32(-1))};
  loopInits.push_back(tokensOf(loopInits.front()));
  loopInits.append(inits);
  SmallVector<Type> types = llvm::to_vector(ValueRange(loopInits).getTypes());
  SmallVector<Location> locs(types.size(), b.getLoc());
  auto loop = scf::WhileOp::create(b, types, loopInits);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, b.notEqual(before->getArgument(0), kNone),
                           before->getArguments());

  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  Value listed = after->getArgument(0);
  SmallVector<Value> next{leastAbove(listed)};
  next.push_back(tokensOf(next.front()));
  Value first = b.mul(b.toIndex(listed), split);
  auto parts = scf::ForOp::create(
      b, b.max(first, begin), b.min(b.add(first, split), end), b.index(1),
      ValueRange(after->getArguments().drop_front(2)));
  {
    OpBuilder::InsertionGuard inner(b);
    b.setInsertionPointToStart(parts.getBody());
    Value block = parts.getInductionVar();
    bind(op.getBlockNumber(), block);
    bind(op.getTokenMask(), after->getArgument(1));
    bind(op.getNeedsMask(), needsMask(b, block, lookup(lists.getFullBegin()),
                                      lookup(lists.getFullEnd())));
    map.map(op.getCarried(), parts.getRegionIterArgs());
    Block &body = op.getBody().front();
    if (failed(emitBlock(body)))
      return failure();
    yieldFromFor(lookup(body.getTerminator()->getOperands()));
  }
  llvm::append_range(next, parts.getResults());
  scf::YieldOp::create(b, next);
  map.map(op.getResults(), loop.getResults().drop_front(2));
  return success();
}

} // namespace fovea::tile_to_sm90
