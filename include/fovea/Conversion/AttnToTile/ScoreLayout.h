//===- ScoreLayout.h - whose a tile of scores' rows are ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A tile of scores has a number for each of some rows of queries and each of some keys.
// Who owns the tile owns its rows: a tile of queries visits keys, and a tile of keys
// visits queries. What is computed of a pair is the same.
//
//       queries own it             keys own it
//           keys                     queries
//      q  . . . . .                k  . . . .
//      u  . . . . .  S = Q K^T     e  . . . .  S^T = K Q^T
//      e  . . . . .                y  . . . .
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_SCORELAYOUT_H
#define FOVEA_CONVERSION_ATTNTOTILE_SCORELAYOUT_H

#include "fovea/Conversion/AttnToTile/TileBuilder.h"

namespace fovea {

/// Whose a tile's rows are; the others' are its columns.
enum class ScoreOwner { Queries, Keys };

/// The tile of `queries` rows of queries and `keys` keys.
struct ScoreLayout {
  ScoreOwner owner;
  int64_t queries, keys;

  llvm::SmallVector<int64_t, 2> getShape() const;
  /// One value of each row of queries, at all keys.
  mlir::Value spreadQueries(TileBuilder &b, mlir::Value values) const;
  /// One value of each key, at all rows of queries.
  mlir::Value spreadKeys(TileBuilder &b, mlir::Value values) const;
  /// The products of rows of queries with rows of keys, f32.
  mlir::Value emitProducts(TileBuilder &b, mlir::Value queryRows,
                           mlir::Value keyRows) const;
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_SCORELAYOUT_H
