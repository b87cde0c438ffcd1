//===- WindowTile.cpp - some windows of one sequence ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/WindowTile.h"

using namespace mlir;
using namespace fovea;

void WindowTile::store(TileBuilder &b, Value tile, Value view) const {
  int64_t dim = TileBuilder::typeOf(tile).getDimSize(1);
  Value row = b.add(b.div(base, stride), firstWindow);
  b.store(tile, view, {row, kvHead, b.index(0)}, {windows, 1, dim}, count);
}
