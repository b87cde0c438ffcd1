//===- KernelTiling.h - what a kernel's tiles are of ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_KERNELTILING_H
#define FOVEA_DIALECT_ATTN_IR_KERNELTILING_H

#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "mlir/IR/Value.h"

namespace fovea::attn {

/// What the rows of a tile are.
enum class TilingKind {
  Windows, ///< windows of tokens of one sequence: such an operation is alone in its
           ///< kernel
  Strides, ///< runs of tokens of one sequence, each as long as the stride of windows:
           ///< such an operation is alone, too
  Queries, ///< tokens of one sequence, times the heads of a group
  Keys,    ///< key rows of one sequence: such an operation is alone in its kernel
  Blocks,  ///< blocks of tokens of one sequence: such an operation is alone, too
  Heads,   ///< sums over all tokens, of heads: such an operation is alone, too
  AnyRows  ///< those of what it shares a kernel with; alone, tokens regardless of
           ///< sequences
};

/// Heads whose numbers one program sums over all tokens, where they divide the heads:
/// as many f32 as memory is read at once.
inline constexpr int64_t kSummedHeads = 8;

/// How the kernel of an operation, or of several together, is cut into tiles.
struct KernelTiling {
  TilingKind kind;
  /// Query heads and KV heads; 0: as many as the others of the kernel have.
  int64_t heads = 0, kvHeads = 0;
  mlir::Value cuSeqlens = {}; ///< null: those of the others
  /// Whether the operation visits keys, so that its schedule is its kernel's.
  bool readsKeys = false;
  /// Whether lists say which keys those are.
  bool takesLists = false;
  /// Of `Windows` and `Keys`: the set whose keys are a tile's rows. Of `Strides`, and
  /// of `Heads` where windows are summed: the windows.
  KeySetInterface keys = {};
  /// Whether a tile may have fewer rows for a token than it has heads, whose parts are
  /// then computed one after another: sums over heads can.
  bool takesHeadsInParts = false;
  int64_t block = 0; ///< of `Blocks`: tokens of a block
  int64_t parts = 1; ///< of `Heads`: programs for each of `kvHeads`
};

/// How an operation of a kernel hands a result to another.
enum class TileForm {
  None,  ///< not at all: through memory, to another kernel
  Rows,  ///< a tile of packed rows
  Scores ///< a stream of tiles of block scores, ascending
};

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_KERNELTILING_H
