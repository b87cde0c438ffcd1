//===- EmitMemory.cpp - registers from and to views -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Box.h"
#include "KernelEmitter.h"
#include "QuadTranspose.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

template <typename OpT> Box KernelEmitter::boxOf(OpT op) {
  Box box = boxAt(op.getView(), op.getOffsets(), op.getSizes());
  box.step = op.getStep();
  box.within = op.getWithin();
  if constexpr (std::is_same_v<OpT, LoadOp>) {
    box.type = op.getBoxedType();
    box.countsRows = op.getRowwise();
    if (op.getRows())
      box.rows = lookup(op.getRows());
    if (op.getFrom())
      box.from = lookup(op.getFrom());
  }
  if (op.getCount())
    box.count = lookup(op.getCount());
  return box;
}

/// What a thread holds of a tile, in order: rows (as numbers of the box) with a
/// condition, and in each the runs of columns that lie together in memory.
namespace {
struct Run {
  Value column;               ///< i32; null for a tile of rank 1
  int64_t size;               ///< consecutive elements
  SmallVector<int64_t, 4> at; ///< the thread's numbers of the values that hold them
  Value condition = {};       ///< null: always
};
struct HeldRow {
  Value row;
  SmallVector<Run> runs;
  Value condition = {}; ///< null: always
};
} // namespace

static bool isPacked(Value tile) {
  Type element = tileType(tile).getElementType();
  return encodingOf<FragmentAttr>(tile) && (element.isF16() || element.isBF16());
}

/// How many times 32 columns of the rows of `tile` are moved by 16 bytes a lane. Both
/// ends of 16 bytes are multiples of 16 in memory: an array begins at one, which is the
/// launch's promise, and its rows and the box's first column are whole multiples.
static int64_t wideChunks(Value tile, const Box &box) {
  constexpr int64_t kPerAccess = 8; // elements
  if (!isPacked(tile) || box.type.isDynamicDim(box.type.getRank() - 1) ||
      box.type.getShape().back() % kPerAccess != 0)
    return 0;
  std::optional<int64_t> first = getConstantIntValue(box.offsets.back());
  bool isAligned = first && *first % kPerAccess == 0;
  return isAligned ? tileType(tile).getDimSize(1) / kQuadColumns : 0;
}

/// A row of a fragment: `wide` times 32 columns as `transposeQuads` leaves them, 8 of
/// each in a lane, and what is left two at a time.
static SmallVector<Run> fragmentRuns(ThreadBuilder &b, Value tile, Value lane,
                                     int64_t half, int64_t wide) {
  SmallVector<Run> runs;
  for (int64_t chunk = 0; chunk < wide; ++chunk) {
    Value column = b.add(b.mul(b.rem(lane, 4), 8), chunk * kQuadColumns);
    runs.push_back({column, 8, quadWords(chunk, half)});
  }
  bool packed = isPacked(tile);
  ThreadNumber laneNumber(b, lane);
  for (int64_t j = 4 * wide; j < tileType(tile).getDimSize(1) / 8; ++j) {
    // Columns 2j and 2j + 1.
    int64_t first = 4 * j + 2 * half;
    Run run{fragmentColumn(laneNumber, 2 * j), 2, {first, first + 1}};
    if (packed)
      run.at = {first / 2};
    runs.push_back(run);
  }
  return runs;
}

/// The rows and runs of `tile` that a thread holds, `wide` times 32 columns of which
/// are moved by 16 bytes.
static SmallVector<HeldRow> heldBy(ThreadBuilder &b, Value tile, Value warp, Value lane,
                                   int64_t wide) {
  RankedTensorType type = tileType(tile);
  SmallVector<HeldRow> rows;
  ThreadNumber warpNumber(b, warp), laneNumber(b, lane);
  if (encodingOf<FragmentAttr>(tile)) {
    for (int64_t half : {0, 1}) {
      Value row = fragmentRow(warpNumber, laneNumber, half);
      rows.push_back({row, fragmentRuns(b, tile, lane, half, wide)});
    }
    return rows;
  }
  if (encodingOf<FragmentRowsAttr>(tile)) {
    for (int64_t half : {0, 1})
      rows.push_back(
          {fragmentRow(warpNumber, laneNumber, half), {{Value(), 1, {half}}}});
    return rows;
  }
  if (encodingOf<FragmentColumnsAttr>(tile)) {
    for (int64_t e = 0; e < type.getDimSize(0) / 4; ++e)
      rows.push_back({fragmentColumn(laneNumber, e), {{Value(), 1, {e}}}});
    return rows;
  }
  if (auto lanes = encodingOf<LanesAttr>(tile)) {
    int64_t count = type.getDimSize(0), columns = type.getDimSize(1);
    int64_t perWarp = rowsPerWarp(count, lanes.getWarps()),
            perRow = lanesPerRow(columns);
    Value first = firstLaneRow(warpNumber, count, lanes.getWarps());
    for (int64_t r = 0; r < perWarp; ++r) {
      HeldRow held{b.add(first, r), {}};
      for (int64_t k = 0; k < perRow; ++k) {
        Value column = b.add(lane, kLanes * k);
        held.runs.push_back({column, 1, {r * perRow + k}, b.less(column, columns)});
      }
      rows.push_back(held);
    }
    return rows;
  }
  if (auto lanes = encodingOf<LaneRowsAttr>(tile)) {
    int64_t count = type.getDimSize(0);
    Value first = firstLaneRow(warpNumber, count, lanes.getWarps());
    for (int64_t r = 0; r < rowsPerWarp(count, lanes.getWarps()); ++r)
      rows.push_back({b.add(first, r), {{Value(), 1, {r}}}});
    return rows;
  }
  // Flat, or one row that every warp holds.
  int64_t total = type.getNumElements();
  for (int64_t e = 0; e < (total + kLanes - 1) / kLanes; ++e) {
    Value number = b.add(lane, kLanes * e);
    rows.push_back({number, {{Value(), 1, {e}}}, b.less(number, total)});
  }
  return rows;
}

/// The words of `wide` times 32 columns of a fragment's rows, from how products hold
/// them to how memory does, or back.
static void transposeWide(ThreadBuilder &b, Value lane, int64_t wide,
                          SmallVectorImpl<Value> &words) {
  for (int64_t chunk = 0; chunk < wide; ++chunk)
    for (int64_t half : {0, 1}) {
      SmallVector<int64_t, 4> at = quadWords(chunk, half);
      std::array<Value, 4> four{words[at[0]], words[at[1]], words[at[2]], words[at[3]]};
      transposeQuads(b, lane, four);
      for (auto [place, word] : llvm::zip_equal(at, four))
        words[place] = word;
    }
}

/// Tiles beside accumulators, of kernels that have few registers left: what is known of
/// their rows lives through the loop before them.
static bool isOfEpilogue(Value tile) {
  return encodingOf<FragmentAttr>(tile) || encodingOf<FragmentRowsAttr>(tile);
}

/// The elements of a fragment, in order, to the words that hold two of 16 bits each.
static SmallVector<Value> packPairs(ThreadBuilder &b, ArrayRef<Value> elements) {
  SmallVector<Value> words;
  for (size_t e = 0; e < elements.size(); e += 2) {
    Value low = arith::ExtUIOp::create(b, b.getI32Type(), elements[e]);
    Value high = arith::ExtUIOp::create(b, b.getI32Type(), elements[e + 1]);
    words.push_back(b.lor(low, b.shl(high, 16)));
  }
  return words;
}

/// A tile's column is a row of the box, of which a lane has two elements.
LogicalResult KernelEmitter::emitTransposedLoad(LoadOp op) {
  Value tile = op.getTile();
  if (!encodingOf<FragmentAttr>(tile))
    return op.emitOpError() << "expected a transposed tile to be a fragment, got "
                            << tile.getType();
  Box box = boxOf(op);
  Type loaded = tileType(tile).getElementType();
  if (isPacked(tile))
    loaded = b.getI16Type();
  int64_t columns = tileType(tile).getDimSize(1);
  ThreadNumber warpNumber(b, inProducer ? b.i32(0) : warp), laneNumber(b, lane);
  Value rows[] = {fragmentRow(warpNumber, laneNumber, 0),
                  fragmentRow(warpNumber, laneNumber, 1)};
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(loaded));
  SmallVector<Value> elements(fragmentSize(columns));
  for (int64_t c = 0; c < columns / 4; ++c) {
    Value column = fragmentColumn(laneNumber, c);
    SmallVector<Value> indices = box.unflatten(column, box.sizes.size() - 1);
    auto loadBoth = [&] {
      SmallVector<Value> values;
      for (Value row : rows) {
        SmallVector<Value> place = indices;
        place.push_back(row);
        values.push_back(b.load(loaded, box.address(place), box.elementBytes()));
      }
      return values;
    };
    SmallVector<Value> values =
        b.emitIf(box.isCounted(indices), {loaded, loaded}, loadBoth,
                 [&] { return SmallVector<Value>{zero, zero}; });
    for (int64_t half : {0, 1})
      elements[4 * (c / 2) + 2 * half + c % 2] = values[half];
  }
  bind(tile, b.fromElements(isPacked(tile) ? packPairs(b, elements) : elements));
  return success();
}

/// A row at a time under its condition, so that no more is in flight than a row.
LogicalResult KernelEmitter::emitLoad(LoadOp op) {
  if (op.getTransposed())
    return emitTransposedLoad(op);
  Value tile = op.getTile();
  Box box = boxOf(op);
  box.isNarrow = isOfEpilogue(tile);
  bool flat = encodingOf<FlatAttr>(tile) || tileType(tile).getRank() == 1;
  size_t rowDims = box.sizes.size() - (flat ? 0 : 1);
  auto type = cast<VectorType>(convertType(tile.getType()));
  Type element = type.getElementType();
  SmallVector<Value> elements(type.getDimSize(0));
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  auto zeros = [&](int64_t count) { return SmallVector<Value>(count, zero); };
  int64_t wide = wideChunks(tile, box);
  for (HeldRow &row : heldBy(b, tile, inProducer ? b.i32(0) : warp, lane, wide)) {
    SmallVector<Value> indices = box.unflatten(row.row, rowDims);
    Value valid = box.isCounted(indices);
    if (row.condition)
      valid = b.land(valid, row.condition);
    if (box.rows) {
      indices.front() = box.gathered(indices.front());
      valid = b.land(valid, box.isInView(indices));
    }
    auto loadRun = [&](Run &run) -> SmallVector<Value> {
      SmallVector<Value> place = indices;
      if (run.column)
        place.push_back(run.column);
      int64_t count = run.at.size();
      Type loaded = count == 1 ? element : Type(VectorType::get(count, element));
      Value value = b.load(loaded, box.address(place), box.elementBytes() * run.size);
      if (count == 1)
        return {value};
      SmallVector<Value> values;
      for (int64_t i = 0; i < count; ++i)
        values.push_back(b.extract(value, i));
      return values;
    };
    SmallVector<int64_t> at;
    for (Run &run : row.runs)
      llvm::append_range(at, run.at);
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
  transposeWide(b, lane, wide, elements);
  bind(tile, b.fromElements(elements));
  return success();
}

/// Two at a time, as a lane's columns lie.
void KernelEmitter::emitRead(ReadOp op) {
  Type element = tileType(op.getResult()).getElementType();
  Type pair = VectorType::get(2, element);
  int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  ThreadNumber laneNumber(b, lane);
  Value first = fragmentColumn(laneNumber, 0);
  Value own = b.offset(lookup(op.getValues()), b.toI64(b.mul(first, bytes)));
  SmallVector<Value> values;
  for (int64_t i = 0; i < tileType(op.getResult()).getDimSize(0) / 4; i += 2) {
    Value both =
        b.load(pair, b.offset(own, fragmentColumn<int64_t>(0, i) * bytes), 2 * bytes);
    for (int64_t e : {0, 1})
      values.push_back(b.extract(both, e));
  }
  bind(op.getResult(), b.fromElements(values));
}

LogicalResult KernelEmitter::emitStore(StoreOp op) {
  Value tile = op.getTile(), vector = lookup(tile);
  Box box = boxOf(op);
  box.isNarrow = isOfEpilogue(tile);
  bool flat = encodingOf<FlatAttr>(tile) || tileType(tile).getRank() == 1;
  size_t rowDims = box.sizes.size() - (flat ? 0 : 1);
  int64_t wide = wideChunks(tile, box);
  if (wide) {
    SmallVector<Value> words;
    for (int64_t i = 0; i < ThreadBuilder::sizeOf(vector); ++i)
      words.push_back(b.extract(vector, i));
    transposeWide(b, lane, wide, words);
    vector = b.fromElements(words);
  }
  for (HeldRow &row : heldBy(b, tile, warp, lane, wide)) {
    SmallVector<Value> indices = box.unflatten(row.row, rowDims);
    Value valid = box.isCounted(indices);
    if (encodingOf<FragmentRowsAttr>(tile)) // four lanes hold a row's value
      valid = b.land(valid, b.equal(b.rem(lane, 4), 0));
    if (encodingOf<LaneRowsAttr>(tile)) // all of a warp do
      valid = b.land(valid, b.equal(lane, 0));
    b.emitIf(valid, [&] {
      for (Run &run : row.runs) {
        SmallVector<Value> place = indices;
        if (run.column)
          place.push_back(run.column);
        auto storeRun = [&] {
          Value value = run.at.size() == 1 ? b.extract(vector, run.at.front())
                                           : b.permute(vector, run.at);
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
