//===- QueryTile.h - some tokens of one sequence, one head group -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_QUERYTILE_H
#define FOVEA_CONVERSION_ATTNTOTILE_QUERYTILE_H

#include "fovea/Conversion/AttnToTile/Place.h"
#include "fovea/Conversion/AttnToTile/VisitPart.h"

#include <vector>

namespace fovea {

/// The rows of a query tile: `tokens` consecutive tokens of one sequence, times the
/// `group` heads that share a KV head, token-major. A token takes `groupRows` rows, of
/// which those past its heads are padding: computed on anything, and never stored. A
/// tile of fewer rows than heads is computed in parts of the heads, one after another.
///
///   row r  =  token first + r / groupRows,  head kvHead * group + r % groupRows
///
/// `count` of the tokens exist; the rows of the others are computed on zeros and
/// never stored. Rows that are no sequence's have no keys, so that all sums over them
/// are empty; their own inputs, in which anything may stand, are not read.
///
/// Where the tokens are listed they are any of the sequence's queries: the tile has
/// their numbers in place of the first position, and is not stored.
struct QueryTile {
  int64_t tokens, group; ///< static: tokens per tile, heads per KV head
  int64_t groupRows;     ///< static: rows per token; `group` or more, but for parts
  Place place;           ///< whose queries the tile is some of
  /// Positions of the first and the last real token; null where tokens are listed.
  mlir::Value first = {}, last = {};
  mlir::Value numbers = {}; ///< which queries they are: [tokens] of i32
  mlir::Value count = {};   ///< real tokens, 1 .. tokens
  mlir::Value owned = {};   ///< those of a sequence: count, or <= 0
  mlir::Value row = {};     ///< of the first token, or of query 0
  mlir::Value kvHead = {}, firstHead = {};

  int64_t rows() const { return tokens * groupRows; }
  bool isPadded() const { return groupRows != group; }

  /// The tile whose first token is query number `query` of a place.
  static QueryTile at(TileBuilder &b, int64_t tokens, int64_t group, int64_t groupRows,
                      const Place &place, mlir::Value query, mlir::Value kvHead);

  /// The tile of the queries of these numbers, of which `count` are real.
  static QueryTile listed(TileBuilder &b, int64_t group, int64_t groupRows,
                          const Place &place, mlir::Value numbers, mlir::Value count,
                          mlir::Value kvHead);

  /// The tiles of at most `groupRows` heads that make this one: itself, or some.
  std::vector<QueryTile> parts(TileBuilder &b) const;

  /// Positions of the rows, i32; of tokens that do not exist, any.
  mlir::Value rowPositions(TileBuilder &b) const;
  /// The number of each row's token in the tile, i32.
  mlir::Value rowTokens(TileBuilder &b) const;
  /// Positions of the tokens, i32.
  mlir::Value tokenPositions(TileBuilder &b) const;

  /// Which rows are a head's, i1.
  mlir::Value headRows(TileBuilder &b) const;
  /// `values` (rows x columns), 0 in the rows that are no head's.
  mlir::Value zeroPaddedHeads(TileBuilder &b, mlir::Value values) const;
  /// Heads of the rows, i32.
  mlir::Value rowHeads(TileBuilder &b) const;
  /// Which rows are a sequence's, i1.
  mlir::Value ownedRows(TileBuilder &b) const;

  // Views [T, Hq, D], [T, Hq], [T, Hkv, n], [Hq].
  mlir::Value loadPacked(TileBuilder &b, mlir::Value view) const;
  void storePacked(TileBuilder &b, mlir::Value tile, mlir::Value view) const;
  /// Some columns of a view [T, Hq, D], from `first` (index) on.
  mlir::Value loadColumns(TileBuilder &b, mlir::Value view, mlir::Value first,
                          int64_t columns) const;
  void storeColumns(TileBuilder &b, mlir::Value tile, mlir::Value view,
                    mlir::Value first) const;
  mlir::Value loadRowValues(TileBuilder &b, mlir::Value view) const;
  void storeRowValues(TileBuilder &b, mlir::Value values, mlir::Value view) const;
  /// One value per row, of the last index of a view [T, Hq, n].
  mlir::Value loadRowColumn(TileBuilder &b, mlir::Value view, int64_t column) const;
  void storeRowColumn(TileBuilder &b, mlir::Value values, mlir::Value view,
                      int64_t column) const;
  /// All columns, or as many of them as a part of their number has.
  mlir::Value loadPerToken(TileBuilder &b, mlir::Value view,
                           const VisitPart &part = {}) const;
  /// One value per row, of its head.
  mlir::Value loadPerHead(TileBuilder &b, mlir::Value view) const;
  void storePerToken(TileBuilder &b, mlir::Value tile, mlir::Value view) const;

private:
  /// What a box of rows of heads leaves out; 0 where nothing is padding.
  int64_t within() const { return isPadded() ? group : 0; }
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_QUERYTILE_H
