//===- Box.h - a box of a view, as threads address it -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_BOX_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_BOX_H

#include "KernelFrame.h"

namespace fovea::tile_to_simt {

/// A box of a view. Rows are numbered over all of its dims but the last, or over all
/// dims for a tile of rank 1.
struct Box {
  ThreadBuilder &b;
  Value pointer;
  mlir::MemRefType type;
  ArrayRef<Value> dynamicSizes; ///< of the view, in order
  SmallVector<Value> offsets;   ///< index
  SmallVector<int64_t> sizes;   ///< one more than offsets: the first repeats the others
  int64_t step = 1;
  Value from = {}, count = {}; ///< index, or null
  Value rows = {}; ///< where the first dim is gathered: values in lanes, or null
  std::optional<int64_t> within = {}; ///< second-dim indices from there on are padding
  bool countsRows = false; ///< whether `count` is of rows, not of first-dim indices

  /// Rows and counts in 32 bits, which are enough (isInView).
  bool isNarrow = false;

  int64_t elementBytes() const { return type.getElementTypeBitWidth() / 8; }
  bool isRepeated() const { return sizes.size() > offsets.size(); }
  /// The view's size along `dim`, as an index.
  Value viewSize(int64_t dim) const;
  /// The distance from the offset of the first dim's `index` (i32): itself, or what
  /// lanes know of it. All lanes of a warp ask together.
  Value gathered(Value index) const;
  /// The view's index along `dim` of the box's `index`, which is a gathered one.
  Value placeOf(Value index, int64_t dim) const;
  /// The box's indices of row number `row` (i32) over its first `dims` dims.
  SmallVector<Value> unflatten(Value row, size_t dims) const;
  /// Whether the element at `indices` (i32) is before `count`, not below `from` and no
  /// padding.
  Value isCounted(ArrayRef<Value> indices) const;
  /// Whether the element at `indices` (i32) is in the view, whose dims past them are
  /// whole. Of a box of step 1.
  Value isInView(ArrayRef<Value> indices) const;
  /// Address of the element at `indices`; dims past them count from the offsets.
  Value address(ArrayRef<Value> indices) const;
};

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_BOX_H
