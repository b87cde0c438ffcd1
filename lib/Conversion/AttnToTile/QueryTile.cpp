//===- QueryTile.cpp - some tokens of one sequence, one head group --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/QueryTile.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;

static int64_t lastDim(Value view) {
  return cast<MemRefType>(view.getType()).getShape().back();
}

QueryTile QueryTile::at(TileBuilder &b, int64_t tokens, int64_t group,
                        int64_t groupRows, const Place &place, Value query,
                        Value kvHead) {
  QueryTile tile{tokens, group, groupRows, place};
  tile.first = b.add(query, place.firstQuery);
  Value most = b.index(tokens);
  tile.count = b.min(b.sub(place.queries, query), most);
  tile.owned = b.min(tile.count, place.keys);
  Value one = b.index(1);
  tile.last = b.sub(b.add(tile.first, tile.count), one);
  tile.row = b.add(place.queryRow, query);
  tile.kvHead = kvHead;
  tile.firstHead = b.mul(kvHead, group);
  return tile;
}

QueryTile QueryTile::listed(TileBuilder &b, int64_t group, int64_t groupRows,
                            const Place &place, Value numbers, Value count,
                            Value kvHead) {
  int64_t tokens = TileBuilder::typeOf(numbers).getDimSize(0);
  QueryTile tile{tokens, group, groupRows, place};
  tile.numbers = numbers;
  tile.count = tile.owned = b.min(count, b.index(tokens));
  tile.row = place.queryRow;
  tile.kvHead = kvHead;
  tile.firstHead = b.mul(kvHead, group);
  return tile;
}

std::vector<QueryTile> QueryTile::parts(TileBuilder &b) const {
  if (group <= groupRows)
    return {*this};
  std::vector<QueryTile> parts;
  for (int64_t from = 0; from < group; from += groupRows) {
    parts.push_back(*this);
    parts.back().group = std::min(groupRows, group - from);
    parts.back().firstHead = b.add(firstHead, b.index(from));
  }
  return parts;
}

Value QueryTile::rowTokens(TileBuilder &b) const {
  return b.positions(b.index(0), rows(), groupRows);
}
Value QueryTile::rowPositions(TileBuilder &b) const {
  if (!numbers)
    return b.positions(first, rows(), groupRows);
  Value repeated = b.createOrFold<tile::RepeatOp>(
      RankedTensorType::get({rows()}, b.getI32Type()), numbers, groupRows);
  if (!place.isApart)
    return repeated; // queries are numbered by their positions
  return arith::AddIOp::create(b, repeated, b.splatI32(place.firstQuery, {rows()}));
}
Value QueryTile::tokenPositions(TileBuilder &b) const {
  return b.positions(first, tokens);
}

/// Each row's number among those of its token, i32.
static Value emitRowNumbers(TileBuilder &b, const QueryTile &tile) {
  Value number = b.positions(b.index(0), tile.rows());
  return arith::RemUIOp::create(b, number, b.constantLike(number, tile.groupRows));
}

Value QueryTile::rowHeads(TileBuilder &b) const {
  Value first = b.splatI32(firstHead, {rows()});
  return arith::AddIOp::create(b, emitRowNumbers(b, *this), first);
}

Value QueryTile::ownedRows(TileBuilder &b) const {
  Value keys = b.splatI32(place.keys, {rows()});
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, rowPositions(b), keys);
}

Value QueryTile::headRows(TileBuilder &b) const {
  Value head = emitRowNumbers(b, *this);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, head,
                               b.constantLike(head, group));
}

Value QueryTile::zeroPaddedHeads(TileBuilder &b, Value values) const {
  if (!isPadded())
    return values;
  Value heads = b.alongRows(headRows(b), TileBuilder::typeOf(values).getDimSize(1));
  return b.select(heads, values, b.constantLike(values, 0.0));
}

Value QueryTile::loadPacked(TileBuilder &b, Value view) const {
  return loadColumns(b, view, b.index(0), lastDim(view));
}
void QueryTile::storePacked(TileBuilder &b, Value tile, Value view) const {
  storeColumns(b, tile, view, b.index(0));
}
Value QueryTile::loadColumns(TileBuilder &b, Value view, Value first,
                             int64_t columns) const {
  return b.load(view, {row, firstHead, first}, {tokens, groupRows, columns}, owned,
                /*rank=*/2, /*step=*/1, within(), numbers);
}
void QueryTile::storeColumns(TileBuilder &b, Value tile, Value view,
                             Value first) const {
  int64_t columns = TileBuilder::typeOf(tile).getDimSize(1);
  b.store(tile, view, {row, firstHead, first}, {tokens, groupRows, columns}, count,
          within());
}
Value QueryTile::loadRowValues(TileBuilder &b, Value view) const {
  return b.load(view, {row, firstHead}, {tokens, groupRows}, owned, /*rank=*/1,
                /*step=*/1, within(), numbers);
}
void QueryTile::storeRowValues(TileBuilder &b, Value values, Value view) const {
  b.store(values, view, {row, firstHead}, {tokens, groupRows}, count, within());
}
Value QueryTile::loadRowColumn(TileBuilder &b, Value view, int64_t column) const {
  return b.load(view, {row, firstHead, b.index(column)}, {tokens, groupRows, 1}, owned,
                /*rank=*/1, /*step=*/1, within());
}
void QueryTile::storeRowColumn(TileBuilder &b, Value values, Value view,
                               int64_t column) const {
  b.store(values, view, {row, firstHead, b.index(column)}, {tokens, groupRows, 1},
          count, within());
}
Value QueryTile::loadPerToken(TileBuilder &b, Value view, const VisitPart &part) const {
  int64_t columns = lastDim(view) / part.count;
  Value first = part.isWhole() ? b.index(0) : b.mul(part.number, columns);
  return b.load(view, {row, kvHead, first}, {tokens, 1, columns}, owned);
}
Value QueryTile::loadPerHead(TileBuilder &b, Value view) const {
  return b.load(view, {firstHead}, {tokens, groupRows}, owned, /*rank=*/1, /*step=*/1,
                within());
}
void QueryTile::storePerToken(TileBuilder &b, Value tile, Value view) const {
  b.store(tile, view, {row, kvHead, b.index(0)}, {tokens, 1, lastDim(view)}, count);
}
