//===- EmitLists.cpp - index lists by block -------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Twice over the lists of the run: once to count how often each of the program's blocks
// is named, and lower ones together, which says where segments begin; once to write the
// tokens there.
//
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

namespace {
class ListsEmitter {
public:
  ListsEmitter(const Emission &emission, InvertListsOp op);

  void emit() {
    emitBegins(emitCounts());
    emitTokens();
    b.loop(b.index(0), blocks, 1, [&](Value block) {
      emitBounds(block);
      emitUnused(block);
    });
  }

private:
  Value scalar(Value value) const { return emission.scalar(value); }
  Value i32(int64_t value) { return arith::ConstantIntOp::create(b, value, 32); }
  Value load(Value array, Value at) { return memref::LoadOp::create(b, array, at); }
  Value loadIndex(Value array, Value at) { return b.toIndex(load(array, at)); }
  void store(Value value, Value array, Value at) {
    memref::StoreOp::create(b, value, array, at);
  }
  Value makeNumbers(int64_t count);
  /// Under a condition.
  void emitIf(Value condition, function_ref<void()> then);
  /// What entry `i` of a token's list names, less the program's first block.
  Value emitNamed(Value token, Value i);
  /// Whether `from` <= `number` < `to`.
  Value isWithin(Value number, Value from, Value to) {
    Value isThere = b.atLeast(number, from);
    return b.both(isThere, b.less(number, to));
  }
  Value isOwn(Value named) { return isWithin(named, b.index(0), blocks); }
  Value emitCounts();
  void emitBegins(Value below);
  void emitTokens();
  void emitBounds(Value block);
  void emitUnused(Value block);

  const Emission &emission;
  LoopBuilder &b;
  InvertListsOp op;
  Value lists, bounds, base, head, length, keys, first;
  Value blocksBase, blocksLength; ///< of the run of the blocks
  int64_t listed;
  Value entries, headStart; ///< all of them as one row, and where the head's begin
  Value firstBlock, blocks; ///< of the run: the program's first, and how many it has

  // Of each of the program's blocks, in scratch.
  Value begins; ///< counts, then where segments begin, and one more: where they end
  Value ends;   ///< where the next token goes
  Value last;   ///< one more than the last token that went there
};
} // namespace

ListsEmitter::ListsEmitter(const Emission &emission, InvertListsOp op)
    : emission(emission), b(emission.b), op(op), lists(scalar(op.getLists())),
      bounds(scalar(op.getBounds())), base(scalar(op.getBase())),
      head(scalar(op.getHead())), length(scalar(op.getLength())),
      keys(scalar(op.getKeys())), first(scalar(op.getFirst())),
      blocksBase(scalar(op.getBlocksBase())),
      blocksLength(scalar(op.getBlocksLength())),
      listed(op.getLists().getType().getDimSize(2)) {
  entries = memref::CollapseShapeOp::create(b, scalar(op.getEntries()),
                                            ArrayRef<ReassociationIndices>{{0, 1, 2}});
  Value zero = b.index(0);
  Value rows = memref::DimOp::create(b, scalar(op.getEntries()), zero);
  headStart = b.mul(b.mul(head, rows), listed);
  int64_t block = op.getBlock(), most = op.getBlocks();
  firstBlock = b.div(first, block);
  blocks = b.max(b.min(b.sub(b.ceilDiv(blocksLength, block), firstBlock), most), 0);
  begins = makeNumbers(most + 1);
  ends = makeNumbers(most);
  last = makeNumbers(most);
}

/// Numbers in scratch, all 0.
Value ListsEmitter::makeNumbers(int64_t count) {
  auto type = RankedTensorType::get({count}, b.getI32Type());
  Value numbers = emission.scratch.temporary(type, Layout::Natural).memref;
  b.loop(0, count, 1, [&](Value at) { store(i32(0), numbers, at); });
  return numbers;
}

void ListsEmitter::emitIf(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, condition);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
}

Value ListsEmitter::emitNamed(Value token, Value i) {
  Value row = b.add(base, token);
  Value entry = memref::LoadOp::create(b, lists, ValueRange{row, head, i});
  return b.sub(b.toIndex(entry), firstBlock);
}

/// How often each block is named, in `begins`; gives how often lower ones are.
Value ListsEmitter::emitCounts() {
  Value one = i32(1), zero = b.index(0), lowest = b.sub(zero, firstBlock);
  auto countList = [&](Value token, ValueRange counted) {
    return b.emitLoop(b.index(listed), 1, counted, [&](Value i, ValueRange carried) {
      Value named = emitNamed(token, i);
      emitIf(isOwn(named),
             [&] { store(b.add(load(begins, named), one), begins, named); });
      Value isLower = isWithin(named, lowest, zero);
      Value next = b.select(isLower, b.add(carried[0], 1), carried[0]);
      return Values{next};
    });
  };
  return b.emitLoop(keys, 1, zero, countList)[0];
}

/// Segments are as long as their blocks are named; behind the run's last one is what
/// the lists do not fill.
void ListsEmitter::emitBegins(Value below) {
  Value begin = b.add(b.mul(base, listed), below);
  Value end = b.emitLoop(blocks, 1, begin, [&](Value block, ValueRange carried) {
    Value count = loadIndex(begins, block), at = b.toI32(carried[0]);
    store(at, begins, block);
    store(at, ends, block);
    return Values{b.add(carried[0], count)};
  })[0];
  Value behind = b.mul(b.add(firstBlock, blocks), int64_t(op.getBlock()));
  Value all = b.mul(b.add(base, length), listed);
  store(b.toI32(b.select(b.less(behind, blocksLength), end, all)), begins, blocks);
}

void ListsEmitter::emitTokens() {
  auto write = [&](Value token, Value named) {
    Value at = load(ends, named), mark = b.toI32(b.add(token, 1));
    Value isNew =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, load(last, named), mark);
    emitIf(isNew, [&] {
      Value to = b.add(headStart, b.toIndex(at));
      store(b.toI32(token), entries, to);
      store(b.add(at, i32(1)), ends, named);
      store(mark, last, named);
    });
  };
  b.loop(b.index(0), keys, 1, [&](Value token) {
    b.loop(0, listed, 1, [&](Value i) {
      Value named = emitNamed(token, i);
      emitIf(isOwn(named), [&] { write(token, named); });
    });
  });
}

/// The bounds of the block's tokens, of which the first one's are the segment's.
void ListsEmitter::emitBounds(Value block) {
  int64_t size = op.getBlock();
  Value begin = b.add(first, b.mul(block, size)),
        end = b.min(b.add(begin, size), blocksLength);
  Value row = b.add(blocksBase, begin), isBlock = b.less(b.index(0), keys);
  Value segment[] = {begins, ends};
  for (auto [column, positions] : llvm::enumerate(segment)) {
    Value at = b.index(column), zero = i32(0);
    auto write = [&](Value value, Value to) {
      memref::StoreOp::create(b, value, bounds, ValueRange{to, head, at});
    };
    write(b.select(isBlock, load(positions, block), zero), row);
    Value behind = b.add(blocksBase, end);
    b.loop(b.add(row, 1), behind, 1, [&](Value other) { write(zero, other); });
  }
}

void ListsEmitter::emitUnused(Value block) {
  Value begin = loadIndex(ends, block), end = loadIndex(begins, b.add(block, 1));
  Value none = i32(-1);
  b.loop(begin, end, 1, [&](Value at) { store(none, entries, b.add(headStart, at)); });
}

void emitInvertLists(const Emission &emission, InvertListsOp op) {
  ListsEmitter(emission, op).emit();
}

} // namespace fovea::tile_to_loops
