//===- EmitMemory.cpp - registers from and to views -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Box.h"
#include "KernelEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

template <typename OpT> Box KernelEmitter::boxOf(OpT op) {
  Box box = boxAt(op.getView(), op.getOffsets(), op.getSizes());
  box.step = op.getStep();
  box.within = op.getWithin();
  if (op.getCount())
    box.count = lookup(op.getCount());
  return box;
}

/// What a thread holds of a tile, in order: rows (as numbers of the box) with a
/// condition, and in each the runs of columns that lie together in memory.
namespace {
struct Run {
  Value column;    ///< i32; null for a tile of rank 1
  int64_t size;    ///< consecutive elements
  int64_t first;   ///< the thread's number of the first element
  Value condition; ///< null: always
};
struct HeldRow {
  Value row;
  SmallVector<Run> runs;
  Value condition; ///< null: always
};
} // namespace

/// The rows and runs of `tile` that a thread holds.
static SmallVector<HeldRow> heldBy(ThreadBuilder &b, Value tile, Value warp,
                                   Value lane) {
  RankedTensorType type = tileType(tile);
  SmallVector<HeldRow> rows;
  ThreadNumber warpNumber(b, warp), laneNumber(b, lane);
  if (encodingOf<FragmentAttr>(tile)) {
    for (int64_t half : {0, 1}) {
      HeldRow held{fragmentRow(warpNumber, laneNumber, half), {}, {}};
      for (int64_t j = 0; j < type.getDimSize(1) / 8; ++j) // columns 2j and 2j + 1
        held.runs.push_back(
            {fragmentColumn(laneNumber, 2 * j), 2, 4 * j + 2 * half, {}});
      rows.push_back(held);
    }
    return rows;
  }
  if (encodingOf<FragmentRowsAttr>(tile)) {
    for (int64_t half : {0, 1})
      rows.push_back(
          {fragmentRow(warpNumber, laneNumber, half), {{Value(), 1, half, {}}}, {}});
    return rows;
  }
  if (encodingOf<FragmentColumnsAttr>(tile)) {
    for (int64_t e = 0; e < type.getDimSize(0) / 4; ++e)
      rows.push_back({fragmentColumn(laneNumber, e), {{Value(), 1, e, {}}}, {}});
    return rows;
  }
  if (auto lanes = encodingOf<LanesAttr>(tile)) {
    int64_t count = type.getDimSize(0), columns = type.getDimSize(1);
    int64_t perWarp = rowsPerWarp(count, lanes.getWarps()),
            perRow = lanesPerRow(columns);
    Value first = firstLaneRow(warpNumber, count, lanes.getWarps());
    for (int64_t r = 0; r < perWarp; ++r) {
      HeldRow held{b.add(first, r), {}, {}};
      for (int64_t k = 0; k < perRow; ++k) {
        Value column = b.add(lane, kLanes * k);
        held.runs.push_back({column, 1, r * perRow + k, b.less(column, columns)});
      }
      rows.push_back(held);
    }
    return rows;
  }
  // Flat.
  int64_t total = type.getNumElements();
  for (int64_t e = 0; e < (total + kLanes - 1) / kLanes; ++e) {
    Value number = b.add(lane, kLanes * e);
    rows.push_back({number, {{Value(), 1, e, {}}}, b.less(number, total)});
  }
  return rows;
}

static bool isPacked(Value tile) {
  Type element = tileType(tile).getElementType();
  return encodingOf<FragmentAttr>(tile) && (element.isF16() || element.isBF16());
}

/// A row at a time under its condition, so that no more is in flight than a row.
LogicalResult KernelEmitter::emitLoad(LoadOp op) {
  Value tile = op.getTile();
  Box box = boxOf(op);
  bool flat = encodingOf<FlatAttr>(tile) || tileType(tile).getRank() == 1;
  size_t rowDims = box.sizes.size() - (flat ? 0 : 1);
  int64_t perWord = isPacked(tile) ? 2 : 1;
  auto type = cast<VectorType>(convertType(tile.getType()));
  Type element = type.getElementType();
  SmallVector<Value> elements(type.getDimSize(0));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  auto zeros = [&](int64_t count) { return SmallVector<Value>(count, zero); };
  for (HeldRow &row : heldBy(b, tile, inProducer ? b.i32(0) : warp, lane)) {
    SmallVector<Value> indices = box.unflatten(row.row, rowDims);
    Value valid = box.isCounted(indices);
    if (row.condition)
      valid = b.land(valid, row.condition);
    auto loadRun = [&](Run &run) -> SmallVector<Value> {
      SmallVector<Value> place = indices;
      if (run.column)
        place.push_back(run.column);
      int64_t words = run.size / perWord;
      Type loaded = words == 1 ? element : Type(VectorType::get(words, element));
      Value value = b.load(loaded, box.address(place), box.elementBytes() * run.size);
      if (words == 1)
        return {value};
      return {b.extract(value, 0), b.extract(value, 1)};
    };
    SmallVector<int64_t> at;
    for (Run &run : row.runs)
      for (int64_t i = 0; i < run.size / perWord; ++i)
        at.push_back(run.first / perWord + i);
    auto loadRuns = [&] {
      SmallVector<Value> values;
      for (Run &run : row.runs)
        values.append(run.condition
                          ? b.emitIf(
                                run.condition, element, [&] { return loadRun(run); },
                                [&] { return zeros(1); })
                          : loadRun(run));
      return values;
    };
    SmallVector<Value> values = b.emitIf(valid, SmallVector<Type>(at.size(), element),
                                         loadRuns, [&] { return zeros(at.size()); });
    for (auto [i, value] : llvm::zip_equal(at, values))
      elements[i] = value;
  }
  bind(tile, b.fromElements(elements));
  return success();
}

LogicalResult KernelEmitter::emitStore(StoreOp op) {
  Value tile = op.getTile(), vector = lookup(tile);
  Box box = boxOf(op);
  bool flat = encodingOf<FlatAttr>(tile) || tileType(tile).getRank() == 1;
  size_t rowDims = box.sizes.size() - (flat ? 0 : 1);
  bool packed = isPacked(tile);
  for (HeldRow &row : heldBy(b, tile, warp, lane)) {
    SmallVector<Value> indices = box.unflatten(row.row, rowDims);
    Value valid = box.isCounted(indices);
    if (encodingOf<FragmentRowsAttr>(tile)) // four lanes hold a row's value
      valid = b.land(valid, b.equal(b.rem(lane, 4), 0));
    b.emitIf(valid, [&] {
      for (Run &run : row.runs) {
        SmallVector<Value> place = indices;
        if (run.column)
          place.push_back(run.column);
        auto storeRun = [&] {
          Value value;
          if (packed || run.size == 1)
            value = b.extract(vector, packed ? run.first / 2 : run.first);
          else
            value = b.permute(vector, {run.first, run.first + 1});
          b.store(value, box.address(place), box.elementBytes() * run.size);
        };
        if (run.condition)
          b.emitIf(run.condition, storeRun);
        else
          storeRun();
      }
    });
  }
  return success();
}

void KernelEmitter::emitViewLoad(Operation *op) {
  auto load = cast<memref::LoadOp>(op);
  SmallVector<int64_t> ones(load.getIndices().size(), 1);
  Box box = boxAt(load.getMemRef(), load.getIndices(), ones);
  bind(load, b.load(box.type.getElementType(), box.address({}), box.elementBytes()));
}

/// The dynamic sizes are parameters, in order.
Value KernelEmitter::sizeOf(Value view, int64_t axis) {
  auto type = cast<MemRefType>(view.getType());
  if (!type.isDynamicDim(axis))
    return b.index(type.getDimSize(axis));
  return sizes.lookup(view)[type.getDynamicDimIndex(axis)];
}

void KernelEmitter::emitDim(Operation *op) {
  auto dim = cast<memref::DimOp>(op);
  bind(dim, sizeOf(dim.getSource(), *dim.getConstantIndex()));
}

} // namespace fovea::tile_to_simt
