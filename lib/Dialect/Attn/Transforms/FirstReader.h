//===- FirstReader.h - operations as late as they can be --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_FIRSTREADER_H
#define FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_FIRSTREADER_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"

namespace fovea::attn {

/// Places `op` right before the first operation of its block that reads a result, in a
/// region of its own or not; before the terminator where none does.
inline void moveToFirstReader(mlir::Operation *op) {
  mlir::Block *block = op->getBlock();
  mlir::Operation *first = block->getTerminator();
  for (mlir::Operation *user : op->getUsers())
    if (mlir::Operation *reader = block->findAncestorOpInBlock(*user);
        reader && reader->isBeforeInBlock(first))
      first = reader;
  op->moveBefore(first);
}

} // namespace fovea::attn

#endif // FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_FIRSTREADER_H
