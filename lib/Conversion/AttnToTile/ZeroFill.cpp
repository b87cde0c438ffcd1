//===- ZeroFill.cpp - the kernel that clears an array ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Kernel.h"

using namespace mlir;
using namespace fovea;

void fovea::emitZeroFill(TileBuilder &b, Value view, Value rows) {
  int64_t dim = cast<MemRefType>(view.getType()).getDimSize(2);
  Value first = b.mul(tile::ProgramIdOp::create(b, 0), kZeroFillRows);
  Value head = tile::ProgramIdOp::create(b, 1), zero = b.index(0);
  Value count = b.sub(rows, first);
  b.store(b.constantTile({kZeroFillRows, dim}, 0), view, {first, head, zero},
          {kZeroFillRows, 1, dim}, count);
}
