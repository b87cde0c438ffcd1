//===- InvertedLists.cpp - index lists by block, by a block's warps -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "InvertedLists.h"

#include "Box.h"

#include <numeric>

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

// Shared memory: for each warp and block how often the warp's tokens name it and how
// many of them do, for each warp how often they name lower blocks, and for each block
// its segment.
static constexpr int64_t kWord = 4, kRow = kLanes * kWord, kSegment = 2 * kWord;

int64_t invertedListsBytes(int64_t warps) {
  return warps * (2 * kRow + kWord) + kLanes * kSegment;
}

namespace {
/// What the list of a lane's token names.
struct Named {
  Value blocks; ///< a bit for each of the program's
  Value times;  ///< how often it names one of these
  Value below;  ///< how often it names lower ones
};

/// Numbers that count are below these, as unsigned ones.
struct Limits {
  Value own;   ///< of entries less the program's first block
  Value below; ///< of entries that name lower blocks; null where these are not counted
};

/// What a lane knows of its block when all warps have counted.
struct Counted {
  Value begin, end; ///< the segment
  Value next;       ///< where the next block's begins
  Value before;     ///< tokens of the warps before this one
  Value all;        ///< where the segments of all of the program's blocks end
};

class ListsInverter {
public:
  ListsInverter(KernelFrame &frame, InvertListsOp op, Value counts);
  void emit();

private:
  using StepBody = IntegerBuilder::LoopBody;
  SmallVector<Value> forSteps(ValueRange inits, StepBody body);
  Value tokenOf(Value step) { return b.add(b.mul(step, kLanes), frame.lane); }
  Value isToken(Value token) { return b.lessUnsigned(token, keys); }
  Value listOf(Value token);
  Named addEntry(Value entry, const Limits &limits, Named named);
  Named addEntries(Value list, int64_t count, const Limits &limits, Named named);
  Named emitNamed(Value token, bool countsTimes);

  SmallVector<Value> countStep(Value step, ValueRange counted);
  Value countNames(Value token);
  void storeCounts(ValueRange counted);
  Counted loadCounts();

  void writeUnused(Value first, Value end, int64_t stride);
  void writeBounds();
  void writeTokens(Value from);

  // Places in shared memory.
  Value row(int64_t which, Value warp) {
    Value number = b.add(warp, which * warps);
    return b.offset(counts, b.toI64(b.mul(number, kRow)));
  }
  Value inLane(Value row, int64_t bytes) {
    return b.offset(row, b.toI64(b.mul(frame.lane, bytes)));
  }
  Value belowOf(Value warp) {
    Value all = b.offset(counts, warps * 2 * kRow);
    return b.offset(all, b.toI64(b.mul(warp, kWord)));
  }
  Value segments() { return b.offset(counts, warps * (2 * kRow + kWord)); }

  // And in arrays.
  Value elementOf(Value view, Value row, int64_t words);
  Value entryOf(Value position) {
    return b.offset(entries, b.mul(b.toIndex(position), kWord));
  }
  Value loadWord(Value pointer) { return b.load(b.getI32Type(), pointer, kWord); }
  Value notEqual(Value x, Value y) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, x, y);
  }
  Value threadOfBlock() { return b.add(b.mul(frame.warp, kLanes), frame.lane); }

  KernelFrame &frame;
  ThreadBuilder &b;
  InvertListsOp op;
  Value counts;
  int64_t warps, heads, listed;
  Value base, head, length, first; ///< index
  Value blocksBase, blocksLength;  ///< of the run of the blocks
  Value keys;                      ///< and all that follow: i32
  Value firstBlock, blocks;        ///< of the run: the program's first, and how many
  Value begin, behind;             ///< the first entry of the run, and the next one's
  Value isLast;                    ///< i1: no block of the run is behind the program's
  Value lists;                     ///< address of the list of token 0
  Value entries;                   ///< address of the head's entry 0
};
} // namespace

/// The square of bits that the lanes' words are, turned over: bit i of lane j becomes
/// bit j of lane i. A square of half the size off the diagonal changes places at a
/// time.
static Value transposeBits(ThreadBuilder &b, Value word, Value lane) {
  constexpr std::pair<int64_t, int64_t> halves[] = {{16, 0x0000ffff},
                                                    {8, 0x00ff00ff},
                                                    {4, 0x0f0f0f0f},
                                                    {2, 0x33333333},
                                                    {1, 0x55555555}};
  for (auto [half, low] : halves) {
    Value isUpper = b.notEqual(b.land(lane, half), 0);
    Value other = b.shuffleXor(word, half), by = b.i32(half);
    Value down = b.shr(other, by), up = b.shl(other, by);
    Value moved = b.select(isUpper, down, up);
    Value lows = b.i32(low), highs = b.i32(int32_t(~uint32_t(low)));
    Value kept = b.land(word, b.select(isUpper, highs, lows));
    word = b.lor(kept, b.land(moved, b.select(isUpper, lows, highs)));
  }
  return word;
}

/// The sum of what all lanes have.
static Value sumLanes(ThreadBuilder &b, Value value) {
  for (int64_t mask = 1; mask < kLanes; mask *= 2)
    value = b.add(value, b.shuffleXor(value, mask));
  return value;
}

/// The sum of what the lanes up to this one have.
static Value sumUpTo(ThreadBuilder &b, Value value, Value lane) {
  for (int64_t by = 1; by < kLanes; by *= 2) {
    Value sum = b.add(value, b.shuffleUp(value, by));
    value = b.select(b.less(lane, by), value, sum);
  }
  return value;
}

ListsInverter::ListsInverter(KernelFrame &frame, InvertListsOp op, Value counts)
    : frame(frame), b(frame.b), op(op), counts(counts), warps(frame.consumerWarps()),
      heads(op.getLists().getType().getDimSize(1)),
      listed(op.getLists().getType().getDimSize(2)), base(frame.lookup(op.getBase())),
      head(frame.lookup(op.getHead())), length(frame.lookup(op.getLength())),
      first(frame.lookup(op.getFirst())), blocksBase(frame.lookup(op.getBlocksBase())),
      blocksLength(frame.lookup(op.getBlocksLength())) {
  keys = b.toI32(frame.lookup(op.getKeys()));
  int64_t block = op.getBlock();
  Value before = IntegerBuilder(b).div(first, block);
  Value all = b.sub(b.ceilDiv(blocksLength, block), before);
  firstBlock = b.toI32(before);
  blocks = b.toI32(b.min(all, int64_t(op.getBlocks())));
  isLast = b.lessEqual(all, int64_t(op.getBlocks()));
  begin = b.toI32(b.mul(base, listed));
  behind = b.toI32(b.mul(b.add(base, length), listed));
  lists = elementOf(op.getLists(), b.add(b.mul(base, heads), head), listed);
  Value rows = frame.boxAt(op.getEntries(), {}, {}).viewSize(0);
  entries = elementOf(op.getEntries(), b.mul(head, rows), listed);
}

/// The address of row `row`, index, of a view's rows of so many words.
Value ListsInverter::elementOf(Value view, Value row, int64_t words) {
  return b.offset(frame.pointers.lookup(view), b.mul(row, words * kWord));
}

//===----------------------------------------------------------------------===//
// Tokens
//===----------------------------------------------------------------------===//

/// The steps of this warp, 32 tokens each: warp after warp in the order of tokens.
SmallVector<Value> ListsInverter::forSteps(ValueRange inits, StepBody body) {
  Value steps = b.toI32(b.ceilDiv(b.toIndex(keys), kLanes));
  Value each = b.ceilDiv(steps, warps);
  Value from = b.min(b.mul(frame.warp, each), steps);
  Value to = b.min(b.add(from, each), steps);
  auto loop = scf::ForOp::create(b, from, to, b.i32(1), inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(b, body(loop.getInductionVar(), loop.getRegionIterArgs()));
  return llvm::to_vector_of<Value>(loop.getResults());
}

/// The list of the lane's token; of no token that of the last one, which is there to
/// read.
Value ListsInverter::listOf(Value token) {
  Value there = b.select(isToken(token), token, b.add(keys, -1));
  return b.offset(lists, b.mul(b.toIndex(there), heads * listed * kWord));
}

/// Takes in what one entry names, of the limits below which numbers count.
Named ListsInverter::addEntry(Value entry, const Limits &limits, Named named) {
  Value own = b.sub(entry, firstBlock), none = b.i32(0), one = b.i32(1);
  Value isOwn = b.lessUnsigned(own, limits.own); // -1 is above all
  Value bit = b.shl(one, b.land(own, kLanes - 1));
  named.blocks = b.lor(named.blocks, b.select(isOwn, bit, none));
  if (!limits.below)
    return named;
  named.times = b.add(named.times, b.select(isOwn, one, none));
  Value isBelow = b.lessUnsigned(entry, limits.below);
  named.below = b.add(named.below, b.select(isBelow, one, none));
  return named;
}

/// Takes in `count` entries from `list` on, as many at once as 16 bytes have.
Named ListsInverter::addEntries(Value list, int64_t count, const Limits &limits,
                                Named named) {
  int64_t width = std::gcd(listed, int64_t(4));
  Type type = b.getI32Type();
  if (width > 1)
    type = VectorType::get(width, type);
  for (int64_t i = 0; i < count; i += width) {
    Value entries = b.load(type, b.offset(list, i * kWord), width * kWord);
    for (int64_t j = 0; j < width; ++j)
      named = addEntry(width > 1 ? b.extract(entries, j) : entries, limits, named);
  }
  return named;
}

/// What the list of the lane's token names; with `counts`, how often too.
Named ListsInverter::emitNamed(Value token, bool countsTimes) {
  constexpr int64_t kAtOnce = 16;
  Value none = b.i32(0), isThere = isToken(token), list = listOf(token);
  Limits limits{b.select(isThere, blocks, none),
                countsTimes ? b.select(isThere, firstBlock, none) : Value()};
  Named named{none, none, none};
  int64_t whole = listed / kAtOnce;
  if (whole > 1) {
    auto addPart = [&](Value part, ValueRange carried) -> SmallVector<Value> {
      Value at = b.offset(list, b.toI64(b.mul(part, kAtOnce * kWord)));
      Named sum = addEntries(at, kAtOnce, limits, {carried[0], carried[1], carried[2]});
      return {sum.blocks, sum.times, sum.below};
    };
    SmallVector<Value> sum = b.emitLoop(b.i32(whole), 1, {none, none, none}, addPart);
    named = {sum[0], sum[1], sum[2]};
    list = b.offset(list, whole * kAtOnce * kWord);
  }
  return addEntries(list, listed - (whole > 1 ? whole * kAtOnce : 0), limits, named);
}

//===----------------------------------------------------------------------===//
// The first pass
//===----------------------------------------------------------------------===//

/// How often the lists of a step's tokens name the lane's block, entry by entry: some
/// token names a block twice.
Value ListsInverter::countNames(Value token) {
  Value list = listOf(token), none = b.i32(-1);
  Value limit = b.select(isToken(token), blocks, b.i32(0));
  auto countEntry = [&](Value i, ValueRange counted) -> SmallVector<Value> {
    Value entry = loadWord(b.offset(list, b.toI64(b.mul(i, kWord))));
    Value own = b.sub(entry, firstBlock);
    Value named = b.select(b.lessUnsigned(own, limit), own, none);
    return b.emitLoop(b.i32(kLanes), 1, counted,
                      [&](Value from, ValueRange sum) -> SmallVector<Value> {
                        Value other = b.shuffleFrom(named, from);
                        Value isOwn = b.equal(other, frame.lane);
                        return {b.select(isOwn, b.add(sum[0], 1), sum[0])};
                      });
  };
  Value count = b.i32(listed);
  return b.emitLoop(count, 1, b.i32(0), countEntry)[0];
}

/// Adds a step's tokens to the counts of the lane's block: how often they name it, how
/// many of them do, and how often the lane's own token names lower blocks.
SmallVector<Value> ListsInverter::countStep(Value step, ValueRange counted) {
  Value token = tokenOf(step);
  Named named = emitNamed(token, /*countsTimes=*/true);
  Value tokens = b.countBits(transposeBits(b, named.blocks, frame.lane));
  Value twice = b.ballot(notEqual(named.times, b.countBits(named.blocks)));
  Value times = b.emitIf(
      b.equal(twice, 0), b.getI32Type(), [&] { return SmallVector<Value>{tokens}; },
      [&] { return SmallVector<Value>{countNames(token)}; })[0];
  return {b.add(counted[0], times), b.add(counted[1], tokens),
          b.add(counted[2], named.below)};
}

void ListsInverter::storeCounts(ValueRange counted) {
  for (int64_t which : {0, 1})
    b.store(counted[which], inLane(row(which, frame.warp), kWord), kWord);
  Value below = sumLanes(b, counted[2]);
  b.emitIf(b.equal(frame.lane, 0), [&] { b.store(below, belowOf(frame.warp), kWord); });
}

/// What all warps have counted.
Counted ListsInverter::loadCounts() {
  Value none = b.i32(0);
  auto addWarp = [&](Value warp, ValueRange sum) -> SmallVector<Value> {
    Value times = loadWord(inLane(row(0, warp), kWord));
    Value tokens = loadWord(inLane(row(1, warp), kWord));
    Value below = loadWord(belowOf(warp));
    Value before = b.select(b.less(warp, frame.warp), tokens, none);
    return {b.add(sum[0], times), b.add(sum[1], tokens), b.add(sum[2], before),
            b.add(sum[3], below)};
  };
  SmallVector<Value> sum =
      b.emitLoop(b.i32(warps), 1, {none, none, none, none}, addWarp);
  Counted counted;
  Value named = sumUpTo(b, sum[0], frame.lane);
  counted.next = b.add(b.add(begin, sum[3]), named);
  counted.begin = b.sub(counted.next, sum[0]);
  counted.end = b.add(counted.begin, sum[1]);
  counted.before = sum[2];
  counted.all = b.shuffleFrom(counted.next, kLanes - 1);
  return counted;
}

//===----------------------------------------------------------------------===//
// What is written
//===----------------------------------------------------------------------===//

/// -1 from `first` on, each `stride`-th up to `end`, all i32.
void ListsInverter::writeUnused(Value first, Value end, int64_t stride) {
  auto loop = scf::ForOp::create(b, first, end, b.i32(stride));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value to = entryOf(loop.getInductionVar());
  b.store(b.i32(-1), to, kWord);
}

/// The bounds of the blocks' tokens: a segment's at the first of a block, else 0.
void ListsInverter::writeBounds() {
  int64_t block = op.getBlock();
  Value rows =
      b.toI32(b.min(b.sub(blocksLength, first), int64_t(op.getBlocks()) * block));
  Value row = b.add(b.mul(b.add(blocksBase, first), heads), head);
  Value bounds = elementOf(op.getBounds(), row, 2), none = b.i32(0);
  Value thread = threadOfBlock();
  auto loop = scf::ForOp::create(b, thread, rows, b.i32(warps * kLanes));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value token = loop.getInductionVar(), number = b.div(token, block);
  Value isFirst = b.equal(b.mul(number, block), token);
  isFirst = b.land(isFirst, b.less(none, keys));
  Value all = segments(), byte = b.mul(number, kSegment);
  Value segment = b.offset(all, b.toI64(byte));
  Value begin = b.select(isFirst, loadWord(segment), none);
  Value end = b.select(isFirst, loadWord(b.offset(segment, kWord)), none);
  Value to = b.offset(bounds, b.mul(b.toIndex(token), heads * 2 * kWord));
  b.store(b.fromElements({begin, end}), to, 2 * kWord);
}

/// The second pass: a lane writes the tokens of its block, from entry `from` on.
void ListsInverter::writeTokens(Value from) {
  auto writeStep = [&](Value step, ValueRange at) -> SmallVector<Value> {
    Named named = emitNamed(tokenOf(step), /*countsTimes=*/false);
    Value tokens = transposeBits(b, named.blocks, frame.lane);
    Value firstToken = b.mul(step, kLanes);
    auto hasToken = [&](ThreadBuilder::Carried &carried) {
      return b.notEqual(carried[0], 0);
    };
    auto writeToken = [&](ThreadBuilder::Carried &carried) {
      Value rest = b.land(carried[0], b.add(carried[0], -1));
      Value lowest = b.lxor(carried[0], rest);
      Value token = b.add(firstToken, b.countBits(b.add(lowest, -1)));
      b.store(token, entryOf(carried[1]), kWord);
      carried = {rest, b.add(carried[1], 1)};
    };
    return {b.emitWhile({tokens, at[0]}, hasToken, writeToken)[1]};
  };
  forSteps(from, writeStep);
}

void ListsInverter::emit() {
  Value none = b.i32(0);
  storeCounts(forSteps({none, none, none}, [&](Value step, ValueRange counted) {
    return countStep(step, counted);
  }));
  simt::SyncBlockOp::create(b);
  Counted counted = loadCounts();
  b.emitIf(b.equal(frame.warp, 0), [&] {
    Value segment = inLane(segments(), kSegment);
    b.store(counted.begin, segment, kWord);
    b.store(counted.end, b.offset(segment, kWord), kWord);
    writeUnused(counted.end, counted.next, 1);
  });
  simt::SyncBlockOp::create(b);
  writeBounds();
  Value end = b.select(isLast, behind, counted.all);
  writeUnused(b.add(counted.all, threadOfBlock()), end, warps * kLanes);
  writeTokens(b.add(counted.begin, counted.before));
}

LogicalResult emitInvertLists(KernelFrame &frame, InvertListsOp op, Value counts) {
  if (frame.hasProducer() || frame.teams() > 1)
    return op.emitOpError() << "expected all warps of a block to read lists together";
  if (op.getBlocks() > kLanes)
    return op.emitOpError() << "expected at most " << kLanes
                            << " blocks of a program, one for each lane, got "
                            << op.getBlocks();
  if (int64_t(op.getBlocks()) * int64_t(op.getBlock()) > kMaxSize)
    return op.emitOpError() << "expected blocks of at most " << kMaxSize
                            << " tokens together, got " << op.getBlocks() << " of "
                            << op.getBlock();
  ListsInverter(frame, op, counts).emit();
  return success();
}

} // namespace fovea::tile_to_simt
