//===- KernelEmission.h - an operation's lowering to tile -------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// convert-attn-to-tile plans a kernel for each operation or group and frames its body:
//
//   tile.kernel @k(inputs, outputs) {
//     %seq, ... = tile.locate ...           which tile of which sequence
//     scf.if (the tile has a row) {
//       emitTile of each operation, in order
//     }
//   }
//
// What an operation computes is its own: a model of EmitTileOpInterface, which gets the
// kernel as KernelEmission. A value that an operation of the kernel computes stays a
// tile; one that leaves is stored. A partial sum that another operation of the kernel
// adds to is stored as well, where the sum will be, and loaded again: its accumulator's
// registers are the next attention's.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_KERNELEMISSION_H
#define FOVEA_CONVERSION_ATTNTOTILE_KERNELEMISSION_H

#include "fovea/Conversion/AttnToTile/BlockTile.h"
#include "fovea/Conversion/AttnToTile/HeadTile.h"
#include "fovea/Conversion/AttnToTile/KeyTile.h"
#include "fovea/Conversion/AttnToTile/QueryTile.h"
#include "fovea/Conversion/AttnToTile/VisitPart.h"
#include "fovea/Conversion/AttnToTile/WindowTile.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace mlir {
class DialectRegistry;
}

namespace fovea {

struct Kernel;

/// Maps a tensor of the attn function to the memref that holds it.
using ViewOf = llvm::function_ref<mlir::Value(mlir::Value)>;

/// Takes one step's scores [tokens, blocks], or [rows, blocks] of several KV heads,
/// f32, whose first column is block `firstBlock`, and the carried values; gives the
/// carried values of the next step.
using ScoreConsumer = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::Value scores, mlir::Value firstBlock, mlir::ValueRange carried)>;

/// What the programs of a tile of queries give that visit a part of its keys each.
enum class QueryParts {
  Own,    ///< what each stores is its own
  Softmax ///< rows and their lse, which a kernel behind merges
};

/// The kernel that an operation is emitted in.
class KernelEmission {
public:
  TileBuilder &getBuilder() const { return b; }

  /// The tile of a kernel of queries, or of rows regardless of sequences.
  const QueryTile &getQueries() const { return *queries; }
  /// That of a kernel of windows, or of strides.
  const WindowTile &getWindows() const { return *windows; }
  /// That of a kernel of keys.
  const KeyTile &getKeys() const { return *keys; }
  /// Which part of its keys the program visits, of a tile of queries.
  const VisitPart &getPart() const { return part; }
  /// That tile, as what a part stores of it: a head of part p of all H is head p H + h.
  QueryTile getStoredQueries() const;
  /// The heads of a group, and the rows that a token takes there: as many or more.
  int64_t getGroup() const;
  int64_t getGroupRows() const;
  /// That of a kernel of blocks.
  const BlockTile &getBlocks() const { return *blocks; }
  /// What a program of a kernel of heads sums.
  const HeadTile &getHeads() const { return *heads; }

  /// The memref of an operand or a result that leaves.
  mlir::Value getView(mlir::Value tensor) const { return viewOf(tensor); }
  /// Where keys or values are that may lie in pages.
  KeyView getKeyView(mlir::Value tensor) const;
  /// Whether a result is stored.
  bool leaves(mlir::Value result) const;
  /// The schedule of one of the kernel's operations. Emits an error and fails where it
  /// does not fit it.
  mlir::FailureOr<tile::ScheduleAttr> getSchedule(mlir::Operation *op) const;

  /// The tile [rows, D] of packed rows [T, Hq, D]: what an operation of the kernel set,
  /// or loaded, once.
  mlir::Value getRows(mlir::Value packed);
  /// Those of a part of the heads (QueryTile::parts), or of all.
  mlir::Value getRows(mlir::Value packed, const QueryTile &part);
  /// Says that `tile` [rows, D] is the result `packed`, and stores it if it leaves or
  /// waits in memory.
  void setRows(mlir::Value packed, mlir::Value tile);

  /// Streams the scores [T, Hkv, N] of blocks of `selectBlock` tokens to `consumer`,
  /// from the operation of the kernel that computes them or from memory. Returns what
  /// the consumer carries on.
  mlir::FailureOr<llvm::SmallVector<mlir::Value>> emitScores(mlir::Value scores,
                                                             int64_t selectBlock,
                                                             mlir::ValueRange inits,
                                                             ScoreConsumer consumer);

private:
  friend class KernelFrame;
  KernelEmission(TileBuilder &b, const Kernel &kernel, ViewOf viewOf)
      : b(b), kernel(kernel), viewOf(viewOf) {}

  /// Whether an operation of the kernel computes `value`.
  bool computes(mlir::Value value) const;
  /// Whether it waits in memory for another one, to be stored over.
  bool isParked(mlir::Value value) const;

  TileBuilder &b;
  const Kernel &kernel;
  ViewOf viewOf;
  std::optional<QueryTile> queries;
  VisitPart part;
  std::optional<WindowTile> windows;
  std::optional<KeyTile> keys;
  std::optional<BlockTile> blocks;
  std::optional<HeadTile> heads;
  llvm::DenseMap<mlir::Value, mlir::Value> tiles;
};

/// Attaches the lowerings of the attn dialect's operations.
void registerEmitTileModels(mlir::DialectRegistry &registry);

} // namespace fovea

#include "fovea/Conversion/AttnToTile/EmitTileOpInterface.h.inc"

#endif // FOVEA_CONVERSION_ATTNTOTILE_KERNELEMISSION_H
