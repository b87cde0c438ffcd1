//===- KernelFrames.cpp - what is around the operations of a kernel -------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Seven frames of kernels: windows as rows, strides of tokens, query rows of one
// sequence, its keys, blocks of its tokens, rows regardless of sequences, and sums over
// all of them. Which one it is, and for how many heads, the operations say
// (KernelTiling.h); what is computed inside is theirs too (KernelEmission.h).
//
//===----------------------------------------------------------------------===//

#include "Kernel.h"

#include "Select.h"
#include "fovea/Tuning/Schedule.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea;
using attn::TilingKind;

//===----------------------------------------------------------------------===//
// What operations are emitted with
//===----------------------------------------------------------------------===//

int64_t KernelEmission::getGroup() const { return kernel.group; }

int64_t KernelEmission::getGroupRows() const { return kernel.groupRows; }

bool KernelEmission::leaves(Value result) const {
  return llvm::is_contained(kernel.outputs, result);
}

bool KernelEmission::computes(Value value) const {
  return llvm::is_contained(kernel.ops, value.getDefiningOp());
}

FailureOr<tile::ScheduleAttr> KernelEmission::getSchedule(Operation *op) const {
  return tuning::getSchedule(op);
}

QueryTile KernelEmission::getStoredQueries() const {
  QueryTile tile = *queries;
  if (part.isWhole())
    return tile;
  Value before = b.mul(part.number, kernel.tiling.kvHeads);
  tile.kvHead = b.add(before, tile.kvHead);
  tile.firstHead = b.mul(tile.kvHead, tile.group);
  return tile;
}

KeyView KernelEmission::getKeyView(Value tensor) const {
  auto pages = tensor.getDefiningOp<attn::GatherPagesOp>();
  if (!pages)
    return {viewOf(tensor)};
  return {viewOf(pages.getCache()), viewOf(pages.getTable()), pages};
}

Value KernelEmission::getRows(Value packed) {
  Value &entry = tiles[packed];
  if (!entry)
    entry = queries->loadPacked(b, viewOf(packed));
  return entry;
}

Value KernelEmission::getRows(Value packed, const QueryTile &part) {
  return part.group == queries->group ? getRows(packed)
                                      : part.loadPacked(b, viewOf(packed));
}

bool KernelEmission::isParked(Value value) const {
  return llvm::is_contained(llvm::make_first_range(kernel.parked), value);
}

void KernelEmission::setRows(Value packed, Value tile) {
  if (!isParked(packed))
    tiles[packed] = tile;
  if (leaves(packed) || isParked(packed))
    getStoredQueries().storePacked(b, tile, viewOf(packed));
}

FailureOr<SmallVector<Value>> KernelEmission::emitScores(Value scores,
                                                         int64_t selectBlock,
                                                         ValueRange inits,
                                                         ScoreConsumer consumer) {
  if (computes(scores))
    return cast<EmitTileOpInterface>(scores.getDefiningOp())
        .emitScores(*this, inits, consumer);
  // An array of this function's has whole steps of columns, a caller's any number.
  int64_t columns = scores.getDefiningOp() ? kStoredColumns : 1;
  return emitStoredScores(b, *queries, viewOf(scores), {selectBlock, columns}, inits,
                          consumer);
}

//===----------------------------------------------------------------------===//
// Frames
//===----------------------------------------------------------------------===//

namespace fovea {

/// Emits what is around the operations of one kernel.
class KernelFrame {
public:
  KernelFrame(TileBuilder &b, const Kernel &kernel, ViewOf viewOf)
      : b(b), kernel(kernel), viewOf(viewOf), emission(b, kernel, viewOf) {}

  LogicalResult emit() {
    switch (kernel.tiling.kind) {
    case TilingKind::Windows:
      return emitWindows();
    case TilingKind::Strides:
      return emitStrides();
    case TilingKind::Queries:
      return emitQueries();
    case TilingKind::AnyRows:
      return emitAnyRows();
    case TilingKind::Keys:
      return emitKeys();
    case TilingKind::Blocks:
      return emitBlocks();
    case TilingKind::Heads:
      return emitHeads();
    }
    llvm_unreachable("every kind is covered");
  }

private:
  Value programId(int64_t axis) { return tile::ProgramIdOp::create(b, axis); }

  /// Emits the operations where `condition` holds, once `makeTile` has made their tile.
  LogicalResult emitIf(Value condition, function_ref<void()> makeTile) {
    auto branch = scf::IfOp::create(b, condition);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    makeTile();
    return emitOperations();
  }

  LogicalResult emitOperations() {
    for (Operation *op : kernel.ops)
      if (failed(cast<EmitTileOpInterface>(op).emitTile(emission)))
        return failure();
    return success();
  }

  /// The tokens that there are packed rows of.
  Value tokens() { return emitTokens(b, kernel.tokenRows, viewOf); }

  /// How many tokens there are of the rows; null where all are.
  Value lengths() {
    Value lengths = kernel.getLengths();
    return lengths ? viewOf(lengths) : Value();
  }

  tile::LocateOp locate() {
    SmallVector<Type> types(5, b.getIndexType());
    Value rows = tokens();
    return tile::LocateOp::create(b, types, programId(0), viewOf(kernel.getOffsets()),
                                  rows, kernel.getStep());
  }

  /// Whose the located rows are, which are queries, or keys where tiles are of keys.
  Place placeOf(tile::LocateOp op) {
    attn::BatchArrays batch = attn::BatchArrays::of(kernel.tiling.cuSeqlens);
    if (!batch.isApart())
      return Place::packed(b, op.getBase(), op.getLength(), op.getKeys());
    // Of what is not addressed there are as many rows as its offsets say.
    auto most = [&](const TokenRows &rows) {
      return rows.value ? emitTokens(b, rows, viewOf) : b.index(kMaxSize);
    };
    bool tilesKeys = kernel.tilesKeys();
    Value queries = most(tilesKeys ? kernel.otherRows : kernel.tokenRows);
    Value keys = most(tilesKeys ? kernel.tokenRows : kernel.otherRows);
    return emitPlaceApart(b, op, tilesKeys,
                          {viewOf(batch.queries), queries, viewOf(batch.keys), keys,
                           batch.lengths ? viewOf(batch.lengths) : Value()});
  }

  LogicalResult emitWindows() {
    WindowTile tile = makeWindows();
    return emitIf(b.less(b.index(0), tile.count), [&] { emission.windows = tile; });
  }

  /// A tile of as many windows, whose first tokens the strides begin with, or where
  /// windows would be that the sequence is too short for.
  LogicalResult emitStrides() {
    WindowTile tile = makeWindows();
    return emitIf(b.less(b.index(0), tile.tokens), [&] { emission.windows = tile; });
  }

  WindowTile makeWindows() {
    auto run = locate();
    Value rows = tokens(), used = lengths();
    Place place = emitTokenPlace(b, run, viewOf(kernel.getOffsets()), rows, used);
    return WindowTile::at(b, kernel.getRows(), kernel.tiling.keys, place,
                          run.getFirst(), programId(1));
  }

  LogicalResult emitKeys() {
    auto place = locate();
    KeyTile keys =
        KeyTile::at(b, kernel.getRows(), kernel.getKeyTileRows(), kernel.tiling.keys,
                    placeOf(place), place.getFirst(), kernel.tiling.kvHeads,
                    kernel.schedule.getParts(), programId(1));
    return emitIf(b.less(b.index(0), keys.count), [&] { emission.keys.emplace(keys); });
  }

  LogicalResult emitAnyRows() {
    Value rows = tokens(), first = b.mul(programId(0), kernel.getRows());
    Value part = kernel.tiling.kvHeads == 1 ? b.index(0) : programId(1);
    emission.queries =
        QueryTile::at(b, kernel.getRows(), kernel.group, kernel.groupRows,
                      Place::packed(b, b.index(0), rows, rows), first, part);
    return emitOperations();
  }

  LogicalResult emitQueries() {
    auto place = locate();
    return emitIf(b.less(place.getFirst(), place.getLength()), [&] {
      Value kvHead = programId(1);
      if (int64_t parts = kernel.schedule.getParts(); parts > 1) {
        emission.part = {b.div(kvHead, kernel.tiling.kvHeads), parts};
        kvHead = b.rem(kvHead, kernel.tiling.kvHeads);
      }
      emission.queries =
          QueryTile::at(b, kernel.getRows(), kernel.group, kernel.groupRows,
                        placeOf(place), place.getFirst(), kvHead);
    });
  }

  LogicalResult emitBlocks() {
    auto place = locate();
    return emitIf(b.less(place.getFirst(), place.getLength()), [&] {
      emission.blocks = BlockTile{placeOf(place), place.getFirst(), programId(1)};
    });
  }

  LogicalResult emitHeads() {
    Value part = programId(0), head = programId(1);
    Value rows = tokens(), used = lengths();
    emission.heads =
        HeadTile{head, part, viewOf(kernel.getOffsets()), rows, used, kernel.getRows()};
    return emitOperations();
  }

  TileBuilder &b;
  const Kernel &kernel;
  ViewOf viewOf;
  KernelEmission emission;
};

} // namespace fovea

LogicalResult fovea::emitKernelBody(TileBuilder &b, const Kernel &kernel,
                                    ViewOf viewOf) {
  if (kernel.groupRows != kernel.group)
    b.getInsertionBlock()->getParentOp()->setAttr(
        tile::kHeadsAttrName, IntegerAttr::get(b.getI64Type(), kernel.group));
  return KernelFrame(b, kernel, viewOf).emit();
}
