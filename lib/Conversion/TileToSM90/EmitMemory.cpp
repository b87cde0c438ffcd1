//===- EmitMemory.cpp - registers from and to views -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_sm90 {

/// `element` times the size of the view along `dim`.
static Value scaleBySize(ThreadBuilder &b, Value element, MemRefType type, int64_t dim,
                         ArrayRef<Value> dynamicSizes) {
  if (type.isDynamicDim(dim))
    return b.mul(element, dynamicSizes[type.getDynamicDimIndex(dim)]);
  return b.mul(element, type.getDimSize(dim));
}

/// A box of a view. Rows are numbered over all of its dims but the last, or over all
/// dims for a tile of rank 1.
struct KernelEmitter::Box {
  ThreadBuilder &b;
  Value pointer;
  MemRefType type;
  SmallVector<Value> offsets; ///< index
  SmallVector<int64_t> sizes;
  int64_t step;
  Value count; ///< index, or null
  ArrayRef<Value> dynamicSizes; ///< of the view, in order

  int64_t elementBytes() const { return type.getElementTypeBitWidth() / 8; }

  /// The box's indices of row number `row` (i32) over its first `dims` dims.
  SmallVector<Value> unflatten(Value row, size_t dims) const {
    SmallVector<Value> indices(dims);
    for (size_t dim = dims; dim-- > 0;) {
      bool outermost = dim == 0;
      indices[dim] = outermost ? row : b.rem(row, sizes[dim]);
      row = b.div(row, sizes[dim]);
    }
    return indices;
  }
  /// Whether the element at `indices` is there.
  Value isValid(ArrayRef<Value> indices) const {
    return count ? b.less(b.toIndex(indices[0]), count) : b.boolean(true);
  }
  /// Address of the element at `indices`; dims past them count from the offsets.
  Value address(ArrayRef<Value> indices) const {
    Value element; // Horner's rule over the view's sizes
    for (size_t dim = 0; dim < sizes.size(); ++dim) {
      Value at = offsets[dim];
      if (dim < indices.size())
        at = b.add(at, b.mul(b.toIndex(indices[dim]), dim == 0 ? step : 1));
      element = element ? b.add(scaleBySize(b, element, type, dim, dynamicSizes), at) : at;
    }
    return b.offset(pointer, b.mul(element, elementBytes()));
  }
};

template <typename OpT> KernelEmitter::Box KernelEmitter::boxOf(OpT op) {
  return {b,
          pointers.lookup(op.getView()),
          cast<MemRefType>(op.getView().getType()),
          lookup(op.getOffsets()),
          SmallVector<int64_t>(op.getSizes()),
          int64_t(op.getStep()),
          op.getCount() ? lookup(op.getCount()) : Value(),
          sizes.find(op.getView()) == sizes.end() ? ArrayRef<Value>()
                                                  : sizes.find(op.getView())->second};
}

/// What a thread holds of a tile, in order: rows (as numbers of the box) with a
/// condition, and in each the runs of columns that lie together in memory.
namespace {
struct Run {
  Value column;       ///< i32; null for a tile of rank 1
  int64_t size;       ///< consecutive elements
  int64_t first;      ///< the thread's number of the first element
  Value condition;    ///< null: always
};
struct HeldRow {
  Value row;
  SmallVector<Run> runs;
  Value condition; ///< null: always
};
} // namespace

/// The rows and runs of `tile` that a thread holds.
static SmallVector<HeldRow> heldBy(ThreadBuilder &b, Value tile, Value warp, Value lane) {
  RankedTensorType type = tileType(tile);
  SmallVector<HeldRow> rows;
  auto fragmentRow = [&](int64_t half) {
    return b.add(b.add(b.mul(warp, kFragmentRows), b.div(lane, 4)), 8 * half);
  };
  if (encodingOf<FragmentAttr>(tile)) {
    Value pair = b.mul(b.rem(lane, 4), 2);
    for (int64_t half : {0, 1}) {
      HeldRow held{fragmentRow(half), {}, {}};
      for (int64_t j = 0; j < type.getDimSize(1) / 8; ++j)
        held.runs.push_back({b.add(pair, 8 * j), 2, 4 * j + 2 * half, {}});
      rows.push_back(held);
    }
    return rows;
  }
  if (encodingOf<FragmentRowsAttr>(tile)) {
    for (int64_t half : {0, 1})
      rows.push_back({fragmentRow(half), {{Value(), 1, half, {}}}, {}});
    return rows;
  }
  if (encodingOf<FragmentColumnsAttr>(tile)) {
    for (int64_t e = 0; e < type.getDimSize(0) / 4; ++e)
      rows.push_back({b.add(b.mul(b.rem(lane, 4), 2), 8 * (e / 2) + e % 2),
                      {{Value(), 1, e, {}}},
                      {}});
    return rows;
  }
  if (auto lanes = encodingOf<LanesAttr>(tile)) {
    int64_t count = type.getDimSize(0), columns = type.getDimSize(1);
    int64_t perWarp = rowsPerWarp(count, lanes.getWarps()), perRow = lanesPerRow(columns);
    Value first =
        b.div(b.mul(warp, perWarp), warpsPerRow(count, lanes.getWarps()));
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

/// One value of a vector of type `type`. Those of a large vector come without a branch, so
/// that each can be loaded just before its use; of a small one LLVM schedules all at once.
static Value loadWord(ThreadBuilder &b, VectorType type, Value address, Value condition) {
  constexpr int64_t kManyValues = 16;
  Type element = type.getElementType();
  if (type.getDimSize(0) > kManyValues)
    return sm90::LoadIfOp::create(b, element, address, condition);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  return b.emitIf(
      condition, element,
      [&] {
        return SmallVector<Value>{
            b.load(element, address, element.getIntOrFloatBitWidth() / 8)};
      },
      [&] { return SmallVector<Value>{zero}; })[0];
}

LogicalResult KernelEmitter::emitLoad(LoadOp op) {
  Value tile = op.getTile();
  Box box = boxOf(op);
  bool flat = encodingOf<FlatAttr>(tile) || tileType(tile).getRank() == 1;
  size_t rowDims = box.sizes.size() - (flat ? 0 : 1);
  bool packed = isPacked(tile);
  auto type = cast<VectorType>(convertType(tile.getType()));
  SmallVector<Value> elements(type.getDimSize(0));
  for (HeldRow &row : heldBy(b, tile, inProducer ? b.i32(0) : warp, lane)) {
    SmallVector<Value> indices = box.unflatten(row.row, rowDims);
    Value valid = box.isValid(indices);
    if (row.condition)
      valid = b.land(valid, row.condition);
    for (Run &run : row.runs) {
      SmallVector<Value> place = indices;
      if (run.column)
        place.push_back(run.column);
      Value address = box.address(place);
      Value condition = run.condition ? b.land(valid, run.condition) : valid;
      int64_t words = packed ? run.size / 2 : run.size;
      for (int64_t i = 0; i < words; ++i)
        elements[(packed ? run.first / 2 : run.first) + i] =
            loadWord(b, type, b.offset(address, i * type.getElementTypeBitWidth() / 8),
                     condition);
    }
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
    Value valid = box.isValid(indices);
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
  auto type = cast<MemRefType>(load.getMemRef().getType());
  Value element = b.index(0);
  for (auto [dim, index] : llvm::enumerate(load.getIndices())) {
    element = b.add(scaleBySize(b, element, type, dim, sizes[load.getMemRef()]),
                    lookup(index));
  }
  int64_t bytes = type.getElementTypeBitWidth() / 8;
  Value address = b.offset(pointers.lookup(load.getMemRef()), b.mul(element, bytes));
  bind(load, b.load(type.getElementType(), address, bytes));
}

/// Static sizes are folded by then; the dynamic ones are parameters, in order.
void KernelEmitter::emitDim(Operation *op) {
  auto dim = cast<memref::DimOp>(op);
  auto type = cast<MemRefType>(dim.getSource().getType());
  int64_t axis = *dim.getConstantIndex();
  if (!type.isDynamicDim(axis))
    return bind(dim, b.index(type.getDimSize(axis)));
  bind(dim, sizes.lookup(dim.getSource())[type.getDynamicDimIndex(axis)]);
}

} // namespace fovea::tile_to_sm90
