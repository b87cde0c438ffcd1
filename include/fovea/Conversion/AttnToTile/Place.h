//===- Place.h - where a sequence's queries and keys are --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_PLACE_H
#define FOVEA_CONVERSION_ATTNTOTILE_PLACE_H

#include "fovea/Conversion/AttnToTile/TileBuilder.h"

namespace fovea {

/// Where the queries and the keys of one sequence are, all of type index. The two have
/// axes of their own: queries are `queries` consecutive rows from `queryRow` on, the
/// first of which stands at position `firstQuery` of the sequence; keys are the
/// positions 0 .. keys - 1, and `keyRow` is where packed ones begin.
///
/// Rows that are no sequence's have queries and no keys.
struct Place {
  mlir::Value queryRow;   ///< the row of the first query
  mlir::Value firstQuery; ///< the position of the first query
  mlir::Value queries;    ///< how many
  mlir::Value length;     ///< the sequence's tokens; positions are below
  mlir::Value keyRow;     ///< the row of the first token that is a key
  mlir::Value keys;       ///< tokens that are keys; 0 where no sequence is
  mlir::Value keyTokens;  ///< tokens that there are rows of keys for: `keys`, or more
  bool isApart = false;   ///< whether queries have rows of their own

  /// Queries are the last ones of a sequence's tokens, and have rows of their own: as
  /// many from `queryRow` on as there are `queries`, those of the tokens `keys` from
  /// `keyRow` on. Where there are fewer tokens than queries, which is malformed, the
  /// queries begin at position 0 and no key is past the last.
  static Place apart(TileBuilder &b, mlir::Value queryRow, mlir::Value queries,
                     mlir::Value keyRow, mlir::Value keys) {
    return {queryRow, b.max(b.sub(keys, queries), 0),
            queries,  b.max(keys, queries),
            keyRow,   keys,
            keys,     /*isApart=*/true};
  }
  /// The number of the query that stands at a position, or 0 where that is before them.
  mlir::Value emitQuery(TileBuilder &b, mlir::Value position) const {
    return isApart ? b.max(b.sub(position, firstQuery), 0) : position;
  }
  /// The queries that are of a sequence: all, or none.
  mlir::Value getOwnedQueries() const { return isApart ? queries : keys; }

  /// Queries and keys are the same tokens: `length` packed rows from `base` on.
  static Place packed(TileBuilder &b, mlir::Value base, mlir::Value length,
                      mlir::Value keys) {
    return {base, b.index(0), length, length, base, keys, length};
  }
};

/// Views of the arrays that say where queries and keys are that are apart, and how many
/// rows there are of either at most, index.
struct BatchViews {
  mlir::Value queries, mostQueries, keys, mostKeys;
  mlir::Value lengths; ///< null: all rows are tokens
};
/// Whose the located rows are, which are keys or queries.
Place emitPlaceApart(TileBuilder &b, tile::LocateOp located, bool ofKeys,
                     const BatchViews &views);

/// The located rows as tokens that are queries and keys at once. Where there are
/// `lengths`, a sequence's keys are its first tokens alone; `ends` are those of rows,
/// of which there are `most`, index.
Place emitTokenPlace(TileBuilder &b, tile::LocateOp located, mlir::Value ends,
                     mlir::Value most, mlir::Value lengths);

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_PLACE_H
