//===- TileBuilder.h - short names for tile arithmetic ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_TILEBUILDER_H
#define FOVEA_CONVERSION_ATTNTOTILE_TILEBUILDER_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Support/IntegerBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace fovea {

/// Index arithmetic, and what generators say often besides: constant tiles, elementwise
/// math on tiles, broadcasts along rows.
class TileBuilder : public IntegerBuilder {
public:
  using IntegerBuilder::IntegerBuilder;

  // Tiles of f32.
  mlir::RankedTensorType f32Tile(llvm::ArrayRef<int64_t> shape);
  mlir::Value constantTile(llvm::ArrayRef<int64_t> shape, double value);
  /// A constant tile of the type of `model`.
  using IntegerBuilder::constantLike;
  mlir::Value constantLike(mlir::Value model, double value);
  mlir::Value minusInfinity(llvm::ArrayRef<int64_t> shape);
  /// `tile` widened to f32, or itself.
  mlir::Value toF32(mlir::Value tile);
  /// `tile` rounded to `elementType`, or itself.
  mlir::Value toElement(mlir::Value tile, mlir::Type elementType);

  /// One value per row to a tile of `columns`.
  mlir::Value alongRows(mlir::Value rowValues, int64_t columns);
  /// One value per column to a tile of `rows`.
  mlir::Value alongColumns(mlir::Value columnValues, int64_t rows);
  mlir::Value reduce(tile::ReduceKind kind, mlir::Value tile, int64_t axis);
  mlir::Value mulf(mlir::Value lhs, mlir::Value rhs);
  mlir::Value addf(mlir::Value lhs, mlir::Value rhs);
  mlir::Value subf(mlir::Value lhs, mlir::Value rhs);

  /// A tile of i32 positions: base + i / repeat.
  mlir::Value positions(mlir::Value base, int64_t size, int64_t repeat = 1);
  /// An index value in every element of an i32 tile of `shape`.
  mlir::Value splatI32(mlir::Value index, llvm::ArrayRef<int64_t> shape);

  /// The tile of box `sizes` at `offsets`, first-dim indices below `count` only.
  /// Leading sizes become rows, the last one columns; `rank` 1 flattens all. Where
  /// `within` is not 0, second-dim indices from there on are padding. Where there are
  /// `rows`, [sizes[0]] of i32, they are the first dim's indices from the offset on.
  /// First-dim indices below `from` are 0, too.
  mlir::Value load(mlir::Value view, mlir::ValueRange offsets,
                   llvm::ArrayRef<int64_t> sizes, mlir::Value count = {},
                   int64_t rank = 2, int64_t step = 1, int64_t within = 0,
                   mlir::Value rows = {}, mlir::Value from = {}, bool rowwise = false);
  /// The box with its columns as rows.
  mlir::Value loadTransposed(mlir::Value view, mlir::ValueRange offsets,
                             llvm::ArrayRef<int64_t> sizes, mlir::Value count,
                             int64_t step = 1);
  /// `size` elements of the view in row-major order, from number `first` on; those at
  /// or past `count` are 0.
  mlir::Value loadFlat(mlir::Value view, mlir::Value first, int64_t size,
                       mlir::Value count);
  void store(mlir::Value tile, mlir::Value view, mlir::ValueRange offsets,
             llvm::ArrayRef<int64_t> sizes, mlir::Value count = {}, int64_t within = 0,
             int64_t step = 1);

  static mlir::RankedTensorType typeOf(mlir::Value tile) {
    return mlir::cast<mlir::RankedTensorType>(tile.getType());
  }
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_TILEBUILDER_H
