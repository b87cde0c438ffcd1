//===- EmitSelection.cpp - block scores and streaming top-k ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A token's row belongs to one warp: lane l holds columns l, l + 32, ... A top-k keeps
// its entries likewise, best first, so a new value's place is the number of entries
// that are at least as good, and making room for it is a shuffle for each 32 of them.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

/// Per row of this warp: block j sums what W(i, j) gives it of the row's windows in
/// scratch. The weight depends on o = i - j * (into / stride) alone, so a lane's
/// windows lie at constant distances from one address; those outside of the tile are
/// read too (scratch is padded for it) and count as zero.
void KernelEmitter::emitBandSum(BandSumOp op) {
  int64_t block = op.getWindow(), stride = op.getStride(), into = op.getInto();
  int64_t perBlock = into / stride, halo = BandSumOp::getHalo(block, stride, into);
  RankedTensorType inputType = tileType(op.getInput());
  int64_t windows = inputType.getDimSize(1), tokens = inputType.getDimSize(0);
  int64_t blocks = tileType(op.getScores()).getDimSize(1);
  int64_t warps = encodingOf<ScratchAttr>(op.getInput()).getWarps();
  int64_t rows = rowsPerWarp(tokens, warps), parts = warpsPerRow(tokens, warps);
  Value firstRow = b.mul(b.div(b.mul(warp, rows), parts), parts);
  Value warpBase = b.offset(lookup(op.getInput()),
                            b.mul(firstRow, windows * int64_t(sizeof(float))));
  Value zero = b.f32(0);
  // Windows before block 0's own come from the earlier tile, as the carry. Sums run in
  // the order of windows from there on and each step is one fused multiply-add, so that
  // equal blocks stay equal wherever tiles begin.
  auto sumOf = [&](int64_t r, Value j, Value sum) {
    Value firstWindow = b.mul(j, perBlock);
    Value base = b.offset(warpBase, b.mul(firstWindow, int64_t(sizeof(float))));
    // A block far from the start, where no window is cut off, has every weight.
    int64_t far = block / stride + 1;
    for (int64_t o = -(block / stride); o < perBlock; ++o) {
      int64_t weight =
          BandSumOp::getWeight(far * perBlock + o, far, block, stride, into);
      if (weight == 0)
        continue;
      Value isBelow = b.less(firstWindow, windows - o);
      Value inside = b.land(b.atLeast(firstWindow, b.i32(-o)), isBelow);
      for (int64_t part = 0; part < parts; ++part) {
        int64_t at = ((r * parts + part) * windows + o) * int64_t(sizeof(float));
        Value value = b.load(b.getF32Type(), b.offset(base, at), 4);
        Value factor = b.f32(weight);
        sum = LLVM::FMAOp::create(b, b.select(inside, value, zero), factor, sum);
      }
    }
    return sum;
  };
  // Lanes past the last block repeat it, and nobody reads them.
  auto blockOf = [&](int64_t k, int64_t count) {
    return b.min(b.add(lane, kLanes * k), count - 1);
  };
  Value carry = lookup(op.getCarry());
  SmallVector<Value> scores, newCarry;
  int64_t carryRegisters = lanesPerRow(halo);
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < lanesPerRow(blocks); ++k) {
      Value j = blockOf(k, blocks), old = zero;
      if (k < carryRegisters) {
        Value carried = b.extract(carry, r * carryRegisters + k);
        old = b.select(b.less(j, halo), carried, zero);
      }
      scores.push_back(sumOf(r, j, old));
    }
    for (int64_t k = 0; k < carryRegisters; ++k)
      newCarry.push_back(sumOf(r, b.add(blockOf(k, halo), blocks), zero));
  }
  bind(op.getScores(), b.fromElements(scores));
  bind(op.getNewCarry(), b.fromElements(newCarry));
}

namespace {
/// The entries of a top-k: lane l has entry l + 32 k in register k.
struct Best {
  SmallVector<Value> values, indices;
};
} // namespace

/// Number of set bits, as i32.
static Value countBits(ThreadBuilder &b, Value word) {
  return LLVM::CtPopOp::create(b, word);
}

/// Each entry of `registers` from the one before it; what entry 0 gets is unspecified.
static SmallVector<Value> moveUp(ThreadBuilder &b, ArrayRef<Value> registers,
                                 Value lane) {
  SmallVector<Value> moved;
  for (auto [k, value] : llvm::enumerate(registers)) {
    Value from = b.shuffleUp(value);
    if (k > 0) {
      Value carried = b.shuffleFrom(registers[k - 1], kLanes - 1);
      from = b.select(b.equal(lane, 0), carried, from);
    }
    moved.push_back(from);
  }
  return moved;
}

/// Inserts `value` with `index`, the same in all lanes, in front of what is worse.
static Best insertBest(ThreadBuilder &b, const Best &best, Value value, Value index,
                       Value lane, int64_t count) {
  auto entryOf = [&](int64_t k) { return b.add(lane, kLanes * k); };
  Value place;
  for (auto [k, old] : llvm::enumerate(best.values)) {
    Value stays = arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, old, value);
    Value number = countBits(b, b.ballot(b.land(stays, b.less(entryOf(k), count))));
    place = place ? b.add(place, number) : number;
  }
  SmallVector<Value> movedValues = moveUp(b, best.values, lane);
  SmallVector<Value> movedIndices = moveUp(b, best.indices, lane);
  Best next;
  for (size_t k = 0; k < best.values.size(); ++k) {
    Value before = b.less(entryOf(k), place), at = b.equal(entryOf(k), place);
    next.values.push_back(
        b.select(before, best.values[k], b.select(at, value, movedValues[k])));
    next.indices.push_back(
        b.select(before, best.indices[k], b.select(at, index, movedIndices[k])));
  }
  return next;
}

/// Lanes whose score is above the worst entry, as a mask: they have a place, unless
/// others push them out before their turn.
static Value findCandidates(ThreadBuilder &b, const Best &best, Value score,
                            Value inRange, int64_t count) {
  Value worst = b.shuffleFrom(best.values.back(), b.i32((count - 1) % kLanes));
  Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, worst);
  return b.ballot(b.land(above, inRange));
}

/// Offers one score per lane of `candidates`, in ascending order of lane. One that the
/// others have pushed out by its turn is inserted past the last place: it changes
/// nothing, and nothing waits for a new worst entry.
static Best offerScores(ThreadBuilder &b, const Best &best, Value score,
                        Value candidates, Value firstIndex, Value lane, int64_t count) {
  Type i32 = b.getI32Type();
  size_t registers = best.values.size();
  SmallVector<Value> inits(best.values);
  inits.append(best.indices);
  inits.push_back(candidates);
  SmallVector<Type> types = llvm::to_vector(ValueRange(inits).getTypes());
  SmallVector<Location> locs(types.size(), b.getLoc());
  auto split = [&](ValueRange values) {
    return Best{llvm::to_vector(values.take_front(registers)),
                llvm::to_vector(values.slice(registers, registers))};
  };
  auto loop = scf::WhileOp::create(b, types, inits);
  OpBuilder::InsertionGuard guard(b);
  Block *before = b.createBlock(&loop.getBefore(), {}, types, locs);
  scf::ConditionOp::create(b, b.notEqual(before->getArguments().back(), 0),
                           before->getArguments());
  Block *after = b.createBlock(&loop.getAfter(), {}, types, locs);
  Value mask = after->getArguments().back();
  Value from =
      LLVM::CountTrailingZerosOp::create(b, i32, mask, /*is_zero_poison=*/true);
  Value value = b.shuffleFrom(score, from);
  Value index = b.add(firstIndex, from);
  Best next = insertBest(b, split(after->getArguments()), value, index, lane, count);
  SmallVector<Value> yielded(next.values);
  yielded.append(next.indices);
  yielded.push_back(b.land(mask, b.add(mask, -1)));
  scf::YieldOp::create(b, yielded);
  return split(loop.getResults());
}

static LogicalResult verifyCount(Operation *op, int64_t count) {
  if (count <= kMostTopk)
    return success();
  return op->emitOpError() << "expected a top-k of at most " << kMostTopk
                           << " in a GPU kernel, got " << count;
}

LogicalResult KernelEmitter::emitTopkUpdate(TopkUpdateOp op) {
  int64_t count = tileType(op.getValues()).getDimSize(1);
  if (failed(verifyCount(op, count)))
    return failure();
  int64_t columns = tileType(op.getScores()).getDimSize(1);
  Value values = lookup(op.getValues()), indices = lookup(op.getIndices());
  Value scores = lookup(op.getScores()), base = b.toI32(lookup(op.getBase()));
  int64_t perRow = lanesPerRow(columns), entries = lanesPerRow(count);
  int64_t rows = ThreadBuilder::sizeOf(values) / entries;
  SmallVector<Best> rowsBest(rows);
  for (auto [r, best] : llvm::enumerate(rowsBest))
    for (int64_t k = 0; k < entries; ++k) {
      best.values.push_back(b.extract(values, r * entries + k));
      best.indices.push_back(b.extract(indices, r * entries + k));
    }
  for (int64_t k = 0; k < perRow; ++k) {
    // Which scores have a place is found for all rows before any takes one: the rows'
    // shuffles and votes do not wait for one another's loops.
    SmallVector<Value> candidates;
    for (int64_t r = 0; r < rows; ++r) {
      Value inRange = b.less(b.add(lane, kLanes * k), columns);
      candidates.push_back(findCandidates(
          b, rowsBest[r], b.extract(scores, r * perRow + k), inRange, count));
    }
    for (int64_t r = 0; r < rows; ++r) {
      Value first = b.add(base, kLanes * k);
      rowsBest[r] = offerScores(b, rowsBest[r], b.extract(scores, r * perRow + k),
                                candidates[r], first, lane, count);
    }
  }
  SmallVector<Value> newValues, newIndices;
  for (const Best &best : rowsBest) {
    newValues.append(best.values);
    newIndices.append(best.indices);
  }
  bind(op.getNewValues(), b.fromElements(newValues));
  bind(op.getNewIndices(), b.fromElements(newIndices));
  return success();
}

/// Sorts values as unsigned numbers, the least in lane 0 of register 0, then along the
/// lanes, then the next register: Batcher's bitonic network, whose every step compares
/// two numbers of entries that differ in one bit. The registers are a power of two.
static void sortEntries(ThreadBuilder &b, MutableArrayRef<Value> registers,
                        Value lane) {
  int64_t total = kLanes * registers.size();
  for (int64_t run = 2; run <= total; run *= 2)
    for (int64_t bit = run / 2; bit > 0; bit /= 2)
      for (int64_t k = 0; k < int64_t(registers.size()); ++k) {
        int64_t partner = k ^ (bit / kLanes);
        if (partner < k)
          continue; // done with its partner
        Value &value = registers[k];
        Value other = partner == k ? b.shuffleXor(value, bit) : registers[partner];
        Value least = arith::MinUIOp::create(b, value, other);
        Value most = arith::MaxUIOp::create(b, value, other);
        // Runs go up and down in turn, and up when one run is all entries.
        if (run < total && (kLanes * k & run))
          std::swap(least, most);
        if (partner != k) {
          value = least;
          registers[partner] = most;
          continue;
        }
        Value isUpper = b.notEqual(b.land(lane, bit), 0);
        if (run < kLanes)
          isUpper = b.lxor(isUpper, b.notEqual(b.land(lane, run), 0));
        value = b.select(isUpper, most, least);
      }
}

/// As unsigned numbers an index of -1 goes last, where entries past the last one are
/// too.
LogicalResult KernelEmitter::emitTopkIndices(TopkIndicesOp op) {
  int64_t count = tileType(op.getIndices()).getDimSize(1), entries = lanesPerRow(count);
  if (failed(verifyCount(op, count)))
    return failure();
  Value indices = lookup(op.getIndices()), none = b.i32(-1);
  SmallVector<Value> sorted;
  for (int64_t r = 0; r < ThreadBuilder::sizeOf(indices) / entries; ++r) {
    SmallVector<Value> registers(llvm::PowerOf2Ceil(entries), none);
    for (int64_t k = 0; k < entries; ++k) {
      Value index = b.extract(indices, r * entries + k);
      registers[k] = b.select(b.less(b.add(lane, kLanes * k), count), index, none);
    }
    sortEntries(b, registers, lane);
    sorted.append(registers.begin(), registers.begin() + entries);
  }
  bind(op.getSorted(), b.fromElements(sorted));
  return success();
}

} // namespace fovea::tile_to_simt
