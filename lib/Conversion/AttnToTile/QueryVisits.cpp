//===- QueryVisits.cpp - the queries that a tile of keys visits -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/QueryVisits.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea;

QueryVisits::QueryVisits(TileBuilder &b, const KeyTile &tile,
                         attn::KeySetInterface keySet, const QueryLists &lists,
                         int64_t tokens, int64_t group, int64_t groupRows)
    : b(b), tile(tile), keySet(keySet), lists(lists), tokens(tokens), group(group),
      groupRows(groupRows) {
  if (lists.entries)
    loadSegment();
}

Value QueryVisits::emitVisits() const {
  attn::QueryBounds bounds =
      keySet.emitTranspose(b, {tile.place.length, tile.block, tile.size()});
  attn::QueryBounds visits =
      emitPart(lists.entries ? emitListed(bounds) : emitConsecutive(bounds));
  for (Value *bound : {&visits.begin, &visits.end, &visits.fullBegin, &visits.fullEnd})
    *bound = b.mul(*bound, countHeadParts());
  return tile::VisitRangeOp::create(b, visits.begin, visits.end, visits.fullBegin,
                                    visits.fullEnd);
}

/// Visits of the shortest part of a listed block's.
static int64_t leastVisits(const QueryLists &lists, int64_t tokens) {
  constexpr int64_t kTokensOfKey = 4;
  return llvm::divideCeil(kTokensOfKey * lists.keys, tokens);
}

/// The visits of a part: a share of those that any tile of the sequence may have, which
/// for a listed block is all of its tokens, each of which lists it at most once.
Value QueryVisits::emitPartVisits() const {
  Value all = b.ceilDiv(tile.place.queries, tokens);
  Value visits = b.ceilDiv(all, tile.parts);
  return lists.entries ? b.max(visits, leastVisits(lists, tokens)) : visits;
}

/// Parts are runs of as many visits each, the last ones of fewer or none.
attn::QueryBounds QueryVisits::emitPart(const attn::QueryBounds &visits) const {
  if (tile.parts == 1)
    return visits;
  Value most = emitPartVisits();
  Value first = b.mul(tile.part, most), end = b.add(first, most);
  auto clamp = [&](Value visit) { return b.min(b.max(visit, first), end); };
  attn::QueryBounds part;
  part.begin = clamp(visits.begin);
  part.end = clamp(visits.end);
  part.fullBegin = clamp(visits.fullBegin);
  part.fullEnd = clamp(visits.fullEnd);
  return part;
}

attn::QueryBounds QueryVisits::emitConsecutive(const attn::QueryBounds &bounds) const {
  // Rows that are nobody's have queries, none of which is a sequence's.
  const Place &place = tile.place;
  auto query = [&](Value position) { return place.emitQuery(b, position); };
  Value end = b.min(query(bounds.end), place.getOwnedQueries());
  Value fullEnd = b.min(query(bounds.fullEnd), place.getOwnedQueries());
  attn::QueryBounds visits;
  visits.begin = b.div(query(bounds.begin), tokens);
  visits.end = b.ceilDiv(end, tokens);
  visits.fullBegin = b.ceilDiv(query(bounds.fullBegin), tokens);
  visits.fullEnd = b.div(fullEnd, tokens);
  return visits;
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

/// Blocks of as many keys as the key set lists, index.
static Value emitListedBlock(TileBuilder &b, const KeyTile &tile,
                             attn::KeySetInterface keySet) {
  return b.div(tile.block, keySet.getIndexBlock() / tile.size());
}

static int64_t countListed(Value entries) {
  return cast<MemRefType>(entries.getType()).getDimSize(2);
}

/// Whatever bounds say, a segment lies among the entries of its sequence.
void QueryVisits::loadSegment() {
  Value listed = emitListedBlock(b, tile, keySet);
  Value row = b.add(tile.place.keyRow, b.mul(listed, attn::getListedTokens(keySet)));
  auto loadBound = [&](int64_t column) -> Value {
    Value at = b.index(column);
    return b.toIndex(
        memref::LoadOp::create(b, lists.bounds, ValueRange{row, tile.kvHead, at}));
  };
  int64_t entries = countListed(lists.entries);
  Value least = b.mul(tile.place.queryRow, entries);
  Value most = b.mul(b.add(tile.place.queryRow, tile.place.getOwnedQueries()), entries);
  begin = b.max(loadBound(0), least);
  Value end = b.min(loadBound(1), most);
  count = b.max(b.sub(end, begin), 0);
  Value head = b.mul(tile.kvHead, memref::DimOp::create(b, lists.entries, 0));
  firstEntry = b.add(b.mul(head, entries), begin);
}

/// Entry `number` of the segment, or the last one of all where there is none.
Value QueryVisits::loadEntry(Value number) const {
  auto type = cast<MemRefType>(lists.entries.getType());
  int64_t heads = type.getDimSize(1), entries = type.getDimSize(2);
  Value all = b.mul(memref::DimOp::create(b, lists.entries, 0), heads * entries);
  Value last = b.add(all, -1);
  Value at = b.min(b.add(firstEntry, number), last);
  Value row = b.div(at, heads * entries), head = b.rem(b.div(at, entries), heads);
  return b.toIndex(memref::LoadOp::create(b, lists.entries,
                                          ValueRange{row, head, b.rem(at, entries)}));
}

attn::QueryBounds QueryVisits::emitListed(const attn::QueryBounds &bounds) const {
  Value own = b.mul(emitListedBlock(b, tile, keySet), attn::getListedTokens(keySet));
  const Place &place = tile.place;
  Value fullBegin = place.emitQuery(b, bounds.fullBegin);
  Value early = b.max(b.sub(fullBegin, place.emitQuery(b, own)), 0);
  Value late = b.max(b.sub(place.length, bounds.fullEnd), 0);
  Value isLater = b.atLeast(loadEntry(early), fullBegin);
  attn::QueryBounds visits;
  visits.begin = b.index(0);
  visits.end = b.ceilDiv(count, tokens);
  visits.fullBegin = b.ceilDiv(b.select(isLater, early, count), tokens);
  visits.fullEnd = b.div(b.max(b.sub(count, late), 0), tokens);
  return visits;
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

Value QueryVisits::emitPartCount() const {
  Value entries = b.mul(emitPartVisits(), tokens);
  Value up = b.add(count, b.add(entries, -1));
  Value parts = arith::DivUIOp::create(b, up, entries);
  Value most = b.index(tile.parts);
  return b.min(b.max(parts, 1), most);
}

SumRows QueryVisits::emitSumRows(Value part) const {
  Value row = tile.keys.emitRow(tile.block);
  if (tile.parts == 1 || !lists.entries)
    return {row, tile.sumHead, tile.count};
  int64_t block = keySet.getIndexBlock();
  Value entries = b.mul(emitPartVisits(), tokens), first = b.mul(part, entries);
  // Of the parts of all segments but their first ones, each begins in other whole
  // multiples of the shortest part's entries than the others: the multiple, from 1 on,
  // is the slot.
  Value slot = b.div(b.add(begin, first), leastVisits(lists, tokens) * tokens);
  Value own = b.mul(b.rem(tile.block, block / tile.size()), tile.size());
  Value slotRow = b.add(b.add(b.mul(slot, block), -block), own);
  Value tileRow = b.add(row, b.mul(emitSlots(b, lists, tokens), block));
  Value none = b.index(0);
  Value isFirst = b.atLeast(none, part), isLater = b.less(none, part);
  Value hasEntries = b.less(first, count);
  Value isThere = b.either(isFirst, hasEntries), isSlot = b.both(isLater, hasEntries);
  return {b.select(isSlot, slotRow, tileRow), tile.kvHead,
          b.select(isThere, tile.count, none)};
}

Value QueryVisits::emitSlots(TileBuilder &b, const QueryLists &lists, int64_t tokens) {
  Value rows = memref::DimOp::create(b, lists.entries, 0);
  Value entries = b.mul(rows, countListed(lists.entries));
  return b.div(entries, leastVisits(lists, tokens) * tokens);
}

void SumRows::store(TileBuilder &b, Value sums, Value view) const {
  ArrayRef<int64_t> shape = TileBuilder::typeOf(sums).getShape();
  b.store(sums, view, {first, head, b.index(0)}, {shape[0], 1, shape[1]}, count);
}

Value SumRows::load(TileBuilder &b, Value view, int64_t size) const {
  int64_t dim = cast<MemRefType>(view.getType()).getDimSize(2);
  return b.load(view, {first, head, b.index(0)}, {size, 1, dim}, count);
}

QueryTile QueryVisits::emitTile(Value visit) const {
  // Of a part of the heads, a tile is as of a KV head that has these alone.
  int64_t parts = countHeadParts(), heads = group / parts;
  Value part = b.rem(visit, parts), first = b.mul(b.div(visit, parts), tokens);
  Value kvHead = b.add(b.mul(tile.kvHead, parts), part);
  if (!lists.entries)
    return QueryTile::at(b, tokens, heads, groupRows, tile.place, first, kvHead);
  Value left = b.sub(count, first);
  Value positions = b.loadFlat(lists.entries, b.add(firstEntry, first), tokens, left);
  return QueryTile::listed(b, heads, groupRows, tile.place, positions, left, kvHead);
}
