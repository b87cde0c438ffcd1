//===- QueryVisits.h - the queries that a tile of keys visits ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A tile of keys visits `tokens` queries at a time. Without lists they are consecutive,
// and which of them see a key is the key set's transpose. With lists they are those
// that list the tile's block, as attn.invert_lists found them: an ascending segment of
// positions, of which a visit takes the next `tokens`, wherever these are.
//
//   segment   3   9  64  65  71 200 | 201 305          4 tokens a visit, 8 in all
//             visit 0      visit 1 ...
//
// Positions ascend, so that the queries which see the whole tile, whose positions are
// in [fullBegin, fullEnd), stand behind each other. A query seldom lists a block that
// is later than itself: where the first positions are those of the listed block's own
// tokens, at most as many stand before `fullBegin` as lie between the block's first
// token and there, and one look at the entry behind them says whether it is so. Where
// it is not, every visit is masked.
//
// A part of a listed block's visits is of as many entries as a part of a block has that
// every token of the sequence lists, and of four times as many as a tile has keys at
// least: few blocks have a second one, and what else is in the batch changes none. The
// sums of a tile's first part have the tile's rows of an array, and those of others
// slots of a block's rows before these, one for as many entries as the shortest part
// has.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_QUERYVISITS_H
#define FOVEA_CONVERSION_ATTNTOTILE_QUERYVISITS_H

#include "fovea/Conversion/AttnToTile/KeyTile.h"
#include "fovea/Conversion/AttnToTile/QueryTile.h"

namespace fovea {

/// Lists of queries by block: views of attn.invert_lists' results, null where the key
/// set needs none.
struct QueryLists {
  mlir::Value bounds;  ///< [T, Hkv, 2]
  mlir::Value entries; ///< [T, Hkv, n]
  int64_t keys = 0;    ///< of a program's tile, of which parts are
};

/// The rows of a view [rows, heads, D] that hold the sums of one part of a tile's
/// visits, index: the first ones, `count` of them, of a head.
struct SumRows {
  mlir::Value first, head, count;

  void store(TileBuilder &b, mlir::Value sums, mlir::Value view) const;
  /// `size` rows, of which those past `count` are 0.
  mlir::Value load(TileBuilder &b, mlir::Value view, int64_t size) const;
};

/// The queries of `group` heads that visit one tile of keys, `tokens` at a time, each
/// in `groupRows` rows. Where these are fewer than the heads, which they divide, as
/// many visits follow one another, each of other heads of the same tokens.
class QueryVisits {
public:
  /// Emits where they are.
  QueryVisits(TileBuilder &b, const KeyTile &tile, attn::KeySetInterface keySet,
              const QueryLists &lists, int64_t tokens, int64_t group,
              int64_t groupRows);

  int64_t getTokens() const { return tokens; }
  int64_t getGroupRows() const { return groupRows; }

  /// The program's visits as a value. Those that need no mask see all keys of the tile,
  /// and each of their queries exists.
  mlir::Value emitVisits() const;
  /// The queries of visit number `visit`.
  QueryTile emitTile(mlir::Value visit) const;

  /// With lists, how many parts of the tile have sums: at least the first.
  mlir::Value emitPartCount() const;
  /// Where the sums of part `part` of the tile are. With lists a view has `countSlots`
  /// blocks of rows before those of the keys.
  SumRows emitSumRows(mlir::Value part) const;
  /// Slots for sums of parts of visits of `tokens` tokens, as many as lists have parts
  /// of the fewest entries, index.
  static mlir::Value emitSlots(TileBuilder &b, const QueryLists &lists, int64_t tokens);

private:
  /// Visits of the same tokens.
  int64_t countHeadParts() const { return groupRows < group ? group / groupRows : 1; }
  /// Visits of a tile, from `begin` to `end`; those from `fullBegin` to `fullEnd` need
  /// no mask.
  attn::QueryBounds emitConsecutive(const attn::QueryBounds &bounds) const;
  attn::QueryBounds emitListed(const attn::QueryBounds &bounds) const;
  mlir::Value emitPartVisits() const;
  attn::QueryBounds emitPart(const attn::QueryBounds &visits) const;
  void loadSegment();
  mlir::Value loadEntry(mlir::Value number) const;

  TileBuilder &b;
  const KeyTile &tile;
  attn::KeySetInterface keySet;
  QueryLists lists;
  int64_t tokens, group, groupRows;
  /// Of the segment: its first entry's number among the head's and among all, and how
  /// many it has.
  mlir::Value begin, firstEntry, count;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_QUERYVISITS_H
