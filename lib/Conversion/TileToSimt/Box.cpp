//===- Box.cpp - a box of a view, as threads address it -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Box.h"

using namespace mlir;

namespace fovea::tile_to_simt {

Value Box::viewSize(int64_t dim) const {
  return type.isDynamicDim(dim) ? dynamicSizes[type.getDynamicDimIndex(dim)]
                                : b.index(type.getDimSize(dim));
}

SmallVector<Value> Box::unflatten(Value row, size_t dims) const {
  SmallVector<Value> indices(dims);
  for (size_t dim = dims; dim-- > 0;) {
    bool outermost = dim == 0;
    indices[dim] = outermost ? row : b.rem(row, sizes[dim]);
    row = b.div(row, sizes[dim]);
  }
  return indices;
}

Value Box::gathered(Value index) const {
  return rows ? b.heldValue(rows, index) : index;
}

Value Box::placeOf(Value index, int64_t dim) const {
  if (isNarrow && dim == 0 && step == 1)
    return b.toIndex(b.add(b.toI32(offsets[dim]), index));
  return b.add(offsets[dim], b.mul(b.toIndex(index), dim == 0 ? step : 1));
}

Value Box::isCounted(ArrayRef<Value> indices) const {
  Value number = indices[0];
  for (size_t dim = 1; countsRows && dim < indices.size(); ++dim)
    number = b.add(b.mul(number, sizes[dim]), indices[dim]);
  Value counted = !count     ? b.boolean(true)
                  : isNarrow ? b.less(number, b.toI32(count))
                             : b.less(b.toIndex(number), count);
  if (from)
    counted = b.land(counted, b.lessEqual(b.toI32(from), indices[0]));
  return within ? b.land(counted, b.less(indices[1], *within)) : counted;
}

/// 32 bits do: a view's rows are fewer, as they are to the copy engine.
Value Box::isInView(ArrayRef<Value> indices) const {
  Value inView = b.boolean(true);
  for (auto [dim, index] : llvm::enumerate(indices)) {
    Value at = b.add(b.toI32(offsets[dim]), index);
    inView = b.land(inView, b.lessUnsigned(at, b.toI32(viewSize(dim))));
  }
  return inView;
}

Value Box::address(ArrayRef<Value> indices) const {
  if (isRepeated())
    indices = indices.drop_front();
  Value element; // Horner's rule over the view's sizes
  for (size_t dim = 0; dim < offsets.size(); ++dim) {
    Value at = dim < indices.size() ? placeOf(indices[dim], dim) : offsets[dim];
    element = element ? b.add(b.mul(element, viewSize(dim)), at) : at;
  }
  return b.offset(pointer, b.mul(element, elementBytes()));
}

} // namespace fovea::tile_to_simt
