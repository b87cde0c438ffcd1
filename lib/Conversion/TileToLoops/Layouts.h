//===- Layouts.h - how tiles lie in scratch ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Query rows are the vector lanes. With scores S[m,n] = sum_k Q[m,k] K[n,k] kept as
// S^T, and Q as Q^T,
//
//     S^T[n, m..m+15] += K[n,k] * Q^T[k, m..m+15]
//     O^T[d, m..m+15] += V[n,d] * S^T[n, m..m+15]
//
// both products are "scalar times contiguous vector", K and V are read as they come
// from memory, and a row's maximum and sum are taken lane by lane. So a tile that is
// lhs, acc or result of a dot, and every tile tied to one by elementwise operations
// or by carrying, lies in `Lanes` layout (transposed); all others lie `Natural`.
//
// Some values never lie anywhere: constants, splats, broadcasts and positions are
// computed where they are used, at any coordinate. They are called generators, and
// being free they tie nothing together.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_LAYOUTS_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_LAYOUTS_H

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "llvm/ADT/DenseMap.h"

namespace fovea::tile_to_loops {

/// Natural: a row is contiguous. Lanes: a column is contiguous.
enum class Layout { Natural, Lanes };

inline bool isTile(mlir::Value value) {
  return llvm::isa<mlir::RankedTensorType>(value.getType());
}
inline mlir::RankedTensorType tileType(mlir::Value value) {
  return llvm::cast<mlir::RankedTensorType>(value.getType());
}

/// A tile that is computed where it is used and never stored for itself.
bool isGenerator(mlir::Value value);
/// One result of tile type, every element computed from those at its coordinate.
bool isElementwise(mlir::Operation *op);
/// A tile that lies in a constant table.
bool isTable(mlir::Value value);

/// Appends the stored tiles that reading `value` reads: itself, or, through
/// generators, their inputs.
void storedInputs(mlir::Value value, llvm::SmallVectorImpl<mlir::Value> &inputs);

/// (source, destination) pairs of the tiles that a loop or branch hands on: inits
/// to carried values and yields to results. Scalars are left out.
using Transfers = llvm::SmallVector<std::pair<mlir::Value, mlir::Value>>;
Transfers initTransfers(mlir::Operation *loop);
/// Of a terminator: to the carried values of a loop, or to the results of an if.
Transfers yieldTransfers(mlir::Operation *terminator);

/// The layout of every tile of a kernel.
class Layouts {
public:
  explicit Layouts(tile::KernelOp kernel);
  Layout of(mlir::Value value) const;

private:
  llvm::DenseMap<mlir::Value, Layout> layouts;
};

/// The type of `tile` in scratch: 16-bit floats are widened to f32, i1 to i8.
mlir::MemRefType scratchType(mlir::RankedTensorType tile, Layout layout);

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_LAYOUTS_H
