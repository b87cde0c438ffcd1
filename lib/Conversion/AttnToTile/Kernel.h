//===- Kernel.h - one kernel of an operation or a group ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_KERNEL_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_KERNEL_H

#include "fovea/Conversion/AttnToTile/KernelEmission.h"
#include "fovea/Dialect/Attn/IR/Attn.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "llvm/Support/MathExtras.h"

namespace fovea {

/// A tensor by whose rows the tokens of a batch, or those of its keys, are counted.
struct TokenRows {
  mlir::Value value = {};
  int64_t tokensPerRow = 1;
  bool ofKeys = false; ///< of a batch whose keys are not its queries' tokens
  /// Whether there are no more tokens than those of whole rows: of tables of pages.
  bool areWhole = false;

  /// Takes an array whose rows count such tokens, fewer in a row.
  void offer(mlir::Value array, RowCount rows) {
    if (rows.kind == RowKind::Tokens && rows.ofKeys == ofKeys &&
        (!value || rows.tokensPerRow < tokensPerRow)) {
      value = array;
      tokensPerRow = rows.tokensPerRow;
    }
  }
};

/// The operations that become one kernel, the tensors that cross its border, and how it
/// is cut into tiles.
struct Kernel {
  mlir::Operation *root;                    ///< a group, or the one operation
  llvm::SmallVector<mlir::Operation *> ops; ///< in order, without the yield
  llvm::SmallVector<mlir::Value> inputs;    ///< operands from outside, each once
  llvm::SmallVector<mlir::Value> outputs;   ///< results of `ops` that leave
  llvm::SmallVector<mlir::Value> leaving;   ///< the root's results, same order
  /// What each is stored over, of intermediates that nothing else reads; some null.
  llvm::SmallVector<mlir::Value> updated;
  /// Such intermediates that the kernel itself computes, and the output that is stored
  /// over each: its rows wait in memory, not in registers.
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> parked;

  // The plan.
  tile::ScheduleAttr schedule = {}; ///< of the first operation
  /// With heads and KV heads; the latter are parts of the heads where nothing has KV
  /// heads. Offsets are null where the rows of a tile are of any sequences.
  attn::KernelTiling tiling = {attn::TilingKind::AnyRows};
  /// What programs of a tile of queries give that share its keys; none where one visits
  /// all.
  std::optional<QueryParts> queryParts = {};
  int64_t group = 1;        ///< heads per KV head
  int64_t groupRows = 1;    ///< rows that a token takes of a tile
  TokenRows tokenRows = {}; ///< an input of what is tiled
  /// Of a batch whose keys are not its queries' tokens, an input of what is not tiled.
  TokenRows otherRows = {};

  /// The kernel of `root`, without its plan.
  static Kernel of(mlir::Operation *root);
  /// Fills in the plan. Emits an error and fails where the schedule does not fit, where
  /// an operation has no lowering, or no row per token.
  mlir::LogicalResult plan();
  /// Fills in what the parts of a tile of queries give. Emits an error and fails where
  /// it cannot be cut.
  mlir::LogicalResult planParts();
  /// Fills in by what the tokens of what is tiled are counted, and of what is not.
  mlir::LogicalResult findRows();

  /// The offsets of what is tiled.
  mlir::Value getOffsets() const {
    attn::BatchArrays batch = attn::BatchArrays::of(tiling.cuSeqlens);
    return isOfKeys() ? batch.keys : batch.queries;
  }
  /// How many tokens of the rows there are; null where all are, or of queries.
  mlir::Value getLengths() const {
    return isApart() && isOfKeys() ? attn::BatchArrays::of(tiling.cuSeqlens).lengths
                                   : mlir::Value();
  }
  /// Whether tiles are of keys, or of blocks of them.
  bool tilesKeys() const {
    return tiling.kind == attn::TilingKind::Keys ||
           tiling.kind == attn::TilingKind::Blocks;
  }
  /// Whether the tokens of what is tiled, or summed over, are keys: windows are theirs.
  bool isOfKeys() const {
    return tilesKeys() || tiling.kind == attn::TilingKind::Windows ||
           tiling.kind == attn::TilingKind::Strides ||
           (tiling.kind == attn::TilingKind::Heads && tiling.keys);
  }
  /// Whether the queries of the batch are not the same tokens as its keys.
  bool isApart() const {
    return tiling.cuSeqlens && attn::BatchArrays::of(tiling.cuSeqlens).isApart();
  }
  /// Tokens, windows, keys or blocks of tokens per tile.
  int64_t getRows() const {
    return tilesKeys() ? schedule.getKeys() : schedule.getTokens();
  }
  /// Rows of a tile of keys: a GPU's are whole warpgroups', and keys may be fewer.
  int64_t getKeyTileRows() const {
    constexpr int64_t kGroupRows = tile::kFragmentRows * tile::kWarpsPerGroup;
    return schedule.getGpu() ? llvm::alignTo(getRows(), kGroupRows) : getRows();
  }
  /// Tokens from one tile of a sequence to the next.
  int64_t getStep() const {
    if (tiling.kind == attn::TilingKind::Blocks)
      return getRows() * tiling.block;
    return getRows() * (tiling.keys ? tiling.keys.getKeyStride() : 1);
  }
};

/// The most tokens that there can be rows of, all of which exist.
mlir::Value emitTokens(TileBuilder &b, const TokenRows &rows, ViewOf viewOf);

/// The launch grid of a planned kernel, in the host function.
llvm::SmallVector<mlir::Value> emitGrid(TileBuilder &b, const Kernel &kernel,
                                        ViewOf viewOf);

/// The body of a planned kernel, at the builder's insertion point.
mlir::LogicalResult emitKernelBody(TileBuilder &b, const Kernel &kernel, ViewOf viewOf);

/// The body of a kernel that sets the rows of a view [rows, heads, D] to 0,
/// `kZeroFillRows` of one head by a program.
constexpr int64_t kZeroFillRows = 16;
void emitZeroFill(TileBuilder &b, mlir::Value view, mlir::Value rows);

/// That of one that adds up `parts` [rows, P * heads, D] to `sums` [rows, heads, D],
/// `kPartSumRows` of one head by a program: head h of part p is head p * heads + h, and
/// parts are added in order. Few rows, for as many programs are what hides latencies.
constexpr int64_t kPartSumRows = 4;
void emitPartSums(TileBuilder &b, mlir::Value parts, mlir::Value sums,
                  mlir::Value rows);

/// That of one that merges what parts of a softmax gave: of views [T, P * H, D] and
/// [T, P * H] of rows and their lse, and [T, H] and [T, H, D] of what is stored, the
/// lse and the rows of all; `kPartSumRows` of one head by a program. With m the largest
/// lse, part p weighs e^(lse_p - m); where all are -inf, nothing does.
void emitPartMerge(TileBuilder &b, mlir::ValueRange views, mlir::Value rows);

/// Parts of the visits of listed blocks (QueryVisits.h).
struct ListedParts {
  attn::KeySetInterface keySet;
  int64_t parts;
  int64_t tokens, keys; ///< of a visit, and of a program's tile

  /// Tokens from one program's keys to the next one's.
  int64_t getStep() const { return kPartSumRows * keySet.getKeyStride(); }
};
/// That of one that adds up such parts: of views [B + 1] of sequence ends, bounds and
/// entries, where queries are apart their sequences' ends and, where given, lengths
/// [B], parts, and sums, `kPartSumRows` of one head by a program.
void emitListedSums(TileBuilder &b, const ListedParts &listed, mlir::ValueRange views,
                    mlir::Value rows);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_KERNEL_H
