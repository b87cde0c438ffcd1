//===- EmitVisits.cpp - sequences, ranges of blocks, merged lists ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "fovea/Support/ControlFlow.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

/// Binary search for the run of rows that owns the tile: run j starts at tile number
/// e(j) / step + j. The offsets at both ends are carried along, so that none is read
/// twice.
void KernelEmitter::emitLocate(LocateOp op) {
  Value cu = pointers.lookup(op.getCu()), offsets = sizeOf(op.getCu(), 0);
  Value tile = lookup(op.getTile()), tokens = lookup(op.getTokens());
  auto firstTile = [&](Value run, Value start) {
    return b.add(b.div(start, op.getStep()), run);
  };
  SmallVector<Type> types(4, b.getIndexType());
  SmallVector<Location> locs(4, b.getLoc());
  auto search = scf::WhileOp::create(
      b, types, ValueRange{b.index(0), b.index(0), b.add(offsets, 1), tokens});
  {
    OpBuilder::InsertionGuard guard(b);
    Block *before = b.createBlock(&search.getBefore(), {}, types, locs);
    scf::ConditionOp::create(
        b, b.less(b.add(before->getArgument(0), 1), before->getArgument(2)),
        before->getArguments());
    Block *after = b.createBlock(&search.getAfter(), {}, types, locs);
    Value low = after->getArgument(0), base = after->getArgument(1);
    Value high = after->getArgument(2), end = after->getArgument(3);
    Value middle = b.div(b.add(low, high), 2); // 1 .. offsets
    Value word = b.load(b.getI32Type(), b.offset(cu, b.mul(b.add(middle, -1), 4)), 4);
    Value start = b.min(b.max(b.toIndex(word), 0), tokens);
    Value isLater = b.less(tile, firstTile(middle, start));
    scf::YieldOp::create(
        b, ValueRange{b.select(isLater, low, middle), b.select(isLater, base, start),
                      b.select(isLater, middle, high), b.select(isLater, start, end)});
  }
  Value run = search.getResult(0), base = search.getResult(1);
  Value length = b.max(b.sub(search.getResult(3), base), 0);
  Value isBelow = b.less(run, offsets);
  Value isSequence = b.land(b.less(b.index(0), run), isBelow);
  bind(op.getSequence(), b.add(run, -1));
  bind(op.getBase(), base);
  bind(op.getLength(), length);
  bind(op.getFirst(), b.mul(b.sub(tile, firstTile(run, base)), op.getStep()));
  bind(op.getKeys(), b.select(isSequence, length, b.index(0)));
}

void KernelEmitter::emitSequence(SequenceOp op) {
  Value number = lookup(op.getSequence()), tokens = lookup(op.getTokens());
  Value sequences = b.add(sizeOf(op.getCu(), 0), -1), zero = b.index(0);
  if (op.getLengths())
    sequences = b.min(sequences, sizeOf(op.getLengths(), 0));
  Value isAtLeast0 = b.lessEqual(zero, number);
  Value isOne = b.land(isAtLeast0, b.less(number, sequences));
  auto load = [&](Value array, Value at, Value most) {
    Value address = b.offset(pointers.lookup(array), b.mul(at, 4));
    return b.min(b.max(b.toIndex(b.load(b.getI32Type(), address, 4)), 0), most);
  };
  SmallVector<Type> types(2, b.getIndexType());
  SmallVector<Value> found = b.emitIf(
      isOne, types,
      [&] {
        Value base = load(op.getCu(), number, tokens);
        Value end = load(op.getCu(), b.add(number, 1), tokens);
        Value length = b.max(b.sub(end, base), 0);
        if (op.getLengths())
          length = load(op.getLengths(), number, length);
        return SmallVector<Value>{base, length};
      },
      [&] { return SmallVector<Value>{zero, zero}; });
  bind(op.getBase(), found[0]);
  bind(op.getLength(), found[1]);
}

/// Whether some row of the tile may not see some key of the block.
static Value needsMask(ThreadBuilder &b, Value block, Value fullBegin, Value fullEnd) {
  Value isBehind = b.atLeast(block, fullEnd);
  return b.lor(b.less(block, fullBegin), isBehind);
}

LogicalResult KernelEmitter::emitVisits(ForVisitsOp op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op.getProducer())
      .Case([&](VisitRangeOp range) { return emitRangeVisits(op, range); })
      .Case([&](VisitListsOp lists) { return emitListedVisits(op, lists); })
      .Default([&](Operation *producer) {
        return op.emitOpError()
               << "expected visits of a range or of lists, got those of "
               << producer->getName();
      });
}

/// The body, for the blocks of `loop`, which carries what the visits carry.
template <typename Producer>
LogicalResult KernelEmitter::emitVisitsIn(scf::ForOp loop, ForVisitsOp op,
                                          Producer producer, Value tokens) {
  Value block = loop.getInductionVar();
  bind(op.getBlockNumber(), block);
  map.map(op.getCarried(), loop.getRegionIterArgs());
  return fillBody(b, *loop.getBody(), [&] {
    bind(op.getTokenMask(), tokens ? tokens : b.i64(-1));
    bind(op.getNeedsMask(), needsMask(b, block, lookup(producer.getFullBegin()),
                                      lookup(producer.getFullEnd())));
    return emitBody(op.getBody().front());
  });
}

LogicalResult KernelEmitter::emitRangeVisits(ForVisitsOp op, VisitRangeOp range) {
  auto loop = scf::ForOp::create(b, lookup(range.getBegin()), lookup(range.getEnd()),
                                 b.index(1), lookup(op.getInits()));
  if (failed(emitVisitsIn(loop, op, range, /*tokens=*/{})))
    return failure();
  map.map(op.getResults(), loop.getResults());
  return success();
}

namespace {
/// The lists of a tile's tokens as one warp holds them: lane l has entries l, l + 32,
/// ... of all of them, one behind the other. An entry of -1 names no block: it is above
/// all as an unsigned number.
class HeldLists {
public:
  static constexpr int64_t kNone = 0x7fffffff;

  HeldLists(ThreadBuilder &b, RankedTensorType type, Value entries, Value lane)
      : b(b), tokens(type.getDimSize(0)), perToken(type.getDimSize(1)),
        entries(entries), lane(lane) {}

  /// The least entry above `last`, or kNone, i32.
  Value leastAbove(Value last) {
    Value least = b.i32(kNone);
    for (int64_t e = 0; e < ThreadBuilder::sizeOf(entries); ++e) {
      Value entry = b.extract(entries, e);
      Value isLess = b.less(entry, least);
      Value here = b.land(b.less(last, entry), isLess);
      least = b.select(ofEntry(e, here), entry, least);
    }
    return simt::WarpReduceOp::create(b, b.getI32Type(),
                                      simt::WarpReduction::MinUnsigned, least)
        .getResult();
  }

  /// The tokens that list a block, a bit for each, i64.
  Value tokensOf(Value listed) {
    Value low = wordOf(listed, 0);
    return tokens > 32 ? b.lor(low, b.shl(wordOf(listed, 32), 32)) : low;
  }

private:
  /// `condition`, where it is of an entry: the last lanes may hold one fewer.
  Value ofEntry(int64_t e, Value condition) {
    int64_t count = tokens * perToken;
    return kLanes * (e + 1) > count
               ? b.land(condition, b.less(b.add(lane, kLanes * e), count))
               : condition;
  }

  /// The bits of 32 tokens from `firstToken` on, as i64.
  Value wordOf(Value listed, int64_t firstToken) {
    Value word = b.i32(0);
    for (int64_t e = 0; e < ThreadBuilder::sizeOf(entries); ++e) {
      Value token = b.div(b.add(lane, kLanes * e), perToken);
      Value hit = ofEntry(e, b.equal(b.extract(entries, e), listed));
      if (tokens > 32)
        hit = b.land(hit, firstToken ? b.atLeast(token, b.i32(32)) : b.less(token, 32));
      Value place = b.rem(token, 32);
      Value bit = b.shl(b.i32(1), place);
      word = b.lor(word, b.select(hit, bit, b.i32(0)));
    }
    Value merged =
        simt::WarpReduceOp::create(b, b.getI32Type(), simt::WarpReduction::Or, word);
    return arith::ExtUIOp::create(b, b.getI64Type(), merged);
  }

  ThreadBuilder &b;
  int64_t tokens, perToken;
  Value entries, lane;
};
} // namespace

/// The union of the lists in ascending order: each round takes the least entry above
/// the last. Each listed block stands for `split` key blocks.
LogicalResult KernelEmitter::emitListedVisits(ForVisitsOp op, VisitListsOp lists) {
  HeldLists held(b, tileType(lists.getLists()), lookup(lists.getLists()), lane);
  int64_t split = lists.getSplit();
  Value begin = lookup(lists.getBegin()), end = lookup(lists.getEnd());
  // A round's block and tokens are found in the round before it, ahead of the copies:
  // the warp runs in order, and their latency passes behind what does not need them.
  SmallVector<Value> inits = lookup(op.getInits());
  SmallVector<Value> loopInits{held.leastAbove(b.i32(-1))};
  loopInits.push_back(held.tokensOf(loopInits.front()));
  loopInits.append(inits);
  SmallVector<Type> types = llvm::to_vector(ValueRange(loopInits).getTypes());
  SmallVector<Location> locs(types.size(), b.getLoc());
  auto loop = scf::WhileOp::create(b, types, loopInits);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, b.notEqual(before->getArgument(0), HeldLists::kNone),
                           before->getArguments());

  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  Value listed = after->getArgument(0);
  SmallVector<Value> next{held.leastAbove(listed)};
  next.push_back(held.tokensOf(next.front()));
  Value first = b.mul(b.toIndex(listed), split);
  Value step = b.index(1);
  Value past = b.min(b.add(first, split), end);
  auto parts = scf::ForOp::create(b, b.max(first, begin), past, step,
                                  ValueRange(after->getArguments().drop_front(2)));
  if (failed(emitVisitsIn(parts, op, lists, after->getArgument(1))))
    return failure();
  llvm::append_range(next, parts.getResults());
  scf::YieldOp::create(b, next);
  map.map(op.getResults(), loop.getResults().drop_front(2));
  return success();
}

} // namespace fovea::tile_to_simt
