//===- TileOps.cpp - verifiers of the tile operations ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Dialect/Tile/IR/TileType.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/Matchers.h"

#include <algorithm>

using namespace mlir;
using namespace fovea;
using namespace fovea::tile;

#define GET_OP_CLASSES
#include "fovea/Dialect/Tile/IR/TileOps.cpp.inc"

static int64_t rows(Value tile) { return tileType(tile).getDimSize(0); }
static int64_t cols(Value tile) { return tileType(tile).getDimSize(1); }

//===----------------------------------------------------------------------===//
// load, store
//===----------------------------------------------------------------------===//

/// Whether `factors`, all at least 1, multiply to `product` (which may not overflow).
static bool multiplyTo(ArrayRef<int64_t> factors, int64_t product) {
  for (int64_t factor : factors) {
    if (product % factor != 0)
      return false;
    product /= factor;
  }
  return product == 1;
}

static bool gathersRows(LoadOp op) { return bool(op.getRows()); }
static bool gathersRows(StoreOp) { return false; }

static bool isTransposed(LoadOp op) { return op.getTransposed(); }
static bool isTransposed(StoreOp) { return false; }

static MemRefType getBoxed(LoadOp op) { return op.getBoxedType(); }
static MemRefType getBoxed(StoreOp op) { return op.getView().getType(); }

/// load_c5, store_c5: the box's extents are within the view's static sizes; `count`
/// cuts the first. load_c6, store_c6: it does not begin before the view.
template <typename OpT> static LogicalResult verifyBoxFits(OpT op, MemRefType view) {
  size_t repeats = op.getSizes().size() - op.getOffsets().size(); // 0 or 1
  for (auto [i, boxSize] : llvm::enumerate(op.getSizes())) {
    if (i < repeats)
      continue;
    int64_t size = boxSize;
    int64_t limit = view.getDimSize(i - repeats);
    if (ShapedType::isDynamic(limit) || (i == 0 && (op.getCount() || gathersRows(op))))
      continue;
    int64_t step = i == 0 ? op.getStep() : 1;
    if (i == 1)
      size = op.getWithin().value_or(size);
    if (size > limit || (size - 1) > (limit - 1) / step)
      return op.emitOpError() << "expected the box to fit the view, got size " << size
                              << " with step " << step << " in dim " << i - repeats
                              << " of " << view;
  }
  for (Value offset : op.getOffsets()) { // load_c6, store_c6
    llvm::APInt value;
    if (matchPattern(offset, m_ConstantInt(&value)) && value.isNegative())
      return op.emitOpError() << "expected offsets of at least 0, got "
                              << value.getSExtValue();
  }
  return success();
}

/// What load and store share: load_c1 to load_c7, store_c1 to store_c7.
template <typename OpT> static LogicalResult verifyBox(OpT op, bool mayRepeat = false) {
  MemRefType viewType = getBoxed(op);
  ArrayRef<int64_t> sizes = op.getSizes();
  size_t rank = viewType.getRank(), offsets = op.getOffsets().size();
  if (rank < 1) // load_c1, store_c1
    return op.emitOpError() << "expected a view of rank 1 or more, got " << viewType;
  bool repeats = mayRepeat && sizes.size() == rank + 1;
  if (offsets != rank || sizes.size() != rank + repeats)
    return op.emitOpError() << "expected " << rank << " offsets and sizes, got "
                            << offsets << " and " << sizes.size();
  int64_t step = op.getStep();
  if (repeats && step != 1)
    return op.emitOpError() << "expected a step of 1 for a box that is repeated, got "
                            << step;
  if (step < 1 || step > kMaxSize ||
      llvm::any_of(sizes, [](int64_t size) { return size < 1; })) // load_c4, store_c4
    return op.emitOpError()
           << "expected sizes and step to be at least 1, and step at most " << kMaxSize
           << ", got [" << sizes << "] and " << step;
  RankedTensorType type = tileType(op.getTile());
  int64_t columnDim = isTransposed(op) ? 0 : 1;
  bool matches = type.getRank() == 2
                     ? type.getDimSize(columnDim) == sizes.back() &&
                           multiplyTo(sizes.drop_back(), type.getDimSize(1 - columnDim))
                     : multiplyTo(sizes, type.getDimSize(0));
  if (!matches) // load_c2, store_c2
    return op.emitOpError() << "expected a tile of the box's shape, got " << type
                            << " for sizes [" << sizes << "]";
  if (type.getElementType() != viewType.getElementType()) // load_c3, store_c3
    return op.emitOpError() << "expected one element type, got " << type << " and "
                            << viewType;
  if (std::optional<int64_t> within = op.getWithin()) // load_c7, store_c7
    if (sizes.size() < 2 || *within < 1 || *within > sizes[1])
      return op.emitOpError() << "expected within to be 1 to the second of two or more "
                                 "sizes, got "
                              << *within << " for [" << sizes << "]";
  return verifyBoxFits(op, viewType);
}

MemRefType LoadOp::getBoxedType() {
  auto view = cast<MemRefType>(getView().getType());
  if (!getFlat())
    return view;
  int64_t size = view.hasStaticShape() ? view.getNumElements() : ShapedType::kDynamic;
  return MemRefType::get({size}, view.getElementType());
}

LogicalResult LoadOp::verify() {
  if (auto view = cast<MemRefType>(getView().getType());
      getFlat() && !view.getLayout().isIdentity()) // load_c9
    return emitOpError() << "expected a row-major view for a flat box, got " << view;
  if (failed(verifyBox(*this, /*mayRepeat=*/true)))
    return failure();
  if (getTransposed() && (tileType(getTile()).getRank() != 2 || isRepeated() ||
                          getRows() || getFlat() || getWithin())) // load_c10
    return emitOpError() << "expected a transposed tile to have rank 2, of a box that "
                            "is neither repeated, gathered, flat nor padded, got "
                         << getTile().getType() << " for [" << getSizes() << "]";
  if (getRowwise() && (tileType(getTile()).getRank() != 2 || !getRows() ||
                       !getCount() || getFrom() || getWithin())) // load_c11
    return emitOpError() << "expected a rowwise count to be there, of a gathered tile "
                            "of rank 2 without from and within, got "
                         << getTile().getType();
  if (!getRows())
    return success();
  if (isRepeated() || getStep() != 1 || rows(getRows()) != getSizes()[0]) // load_c8
    return emitOpError() << "expected rows of as many elements as the first of sizes, "
                            "a step of 1 and no repeated box, got "
                         << getRows().getType() << " for [" << getSizes()
                         << "] and a step of " << getStep();
  return success();
}

LogicalResult StoreOp::verify() { return verifyBox(*this); }

LogicalResult InvertListsOp::verify() {
  MemRefType lists = getLists().getType(), bounds = getBounds().getType();
  if (!getBlockRows().empty() && getBlockRows().size() != 2) // invert_lists_c5
    return emitOpError()
           << "expected a first row and a number of rows as blocks_of, got "
           << getBlockRows().size() << " numbers";
  if (getEntries().getType() != lists) // invert_lists_c1
    return emitOpError() << "expected lists and entries of one type, got " << lists
                         << " and " << getEntries().getType();
  if (bounds.getDimSize(1) != lists.getDimSize(1) || // invert_lists_c2
      bounds.getDimSize(2) != 2)
    return emitOpError() << "expected bounds of the heads of lists and 2 columns, got "
                         << bounds << " for " << lists;
  if (lists.isDynamicDim(1) || lists.isDynamicDim(2)) // invert_lists_c3
    return emitOpError() << "expected static heads and lengths of lists, got " << lists;
  return success();
}

//===----------------------------------------------------------------------===//
// compute
//===----------------------------------------------------------------------===//

LogicalResult DotOp::verify() {
  int64_t inner = getTransposeRhs() ? cols(getRhs()) : rows(getRhs());
  int64_t columns = getTransposeRhs() ? rows(getRhs()) : cols(getRhs());
  if (cols(getLhs()) != inner) // dot_c1
    return emitOpError() << "expected inner dims to agree, got " << cols(getLhs())
                         << " and " << inner;
  if (rows(getResult()) != rows(getLhs()) || cols(getResult()) != columns) // dot_c2
    return emitOpError() << "expected a result of " << rows(getLhs()) << " x "
                         << columns << ", got " << getResult().getType();
  return success();
}

LogicalResult ReduceOp::verify() {
  RankedTensorType input = tileType(getInput());
  int64_t axis = getAxis();
  if (axis >= input.getRank()) // reduce_c1
    return emitOpError() << "expected axis below rank " << input.getRank() << ", got "
                         << axis;
  SmallVector<int64_t> shape(input.getShape());
  if (std::optional<int64_t> group = getGroup()) {
    if (*group < 1 || shape[axis] % *group != 0) // reduce_c2
      return emitOpError() << "expected the group to divide the axis, got " << *group
                           << " and " << shape[axis];
    shape[axis] /= *group;
  } else {
    if (input.getRank() != 2) // reduce_c5
      return emitOpError() << "expected a tile of rank 2 without `by`, got " << input;
    shape.erase(shape.begin() + axis);
  }
  if (tileType(getResult()).getShape() != ArrayRef(shape)) // reduce_c3
    return emitOpError() << "expected the reduced shape, got " << getResult().getType();
  if (!input.getElementType().isF32() ||
      tileType(getResult()).getElementType() != input.getElementType()) // reduce_c4
    return emitOpError() << "expected f32 elements, got " << input << " and "
                         << getResult().getType();
  constexpr int64_t kGroupRows = kWarpsPerGroup * kFragmentRows;
  int64_t rows = getGroup().value_or(input.getDimSize(0));
  if (axis == 0 && isa_and_nonnull<FragmentAttr>(input.getEncoding()) &&
      input.getDimSize(0) > kGroupRows && kGroupRows % rows != 0) // reduce_c6
    return emitOpError() << "expected rows of one warpgroup, a divisor of "
                         << kGroupRows << ", got groups of " << rows;
  return success();
}

OpFoldResult ReduceOp::fold(FoldAdaptor) {
  bool isSame = getGroup() == 1 && getInput().getType() == getResult().getType();
  return isSame ? getInput() : OpFoldResult();
}

LogicalResult BroadcastOp::verify() {
  RankedTensorType result = tileType(getResult());
  if (result.getRank() != 2 || result.getDimSize(1 - getAxis()) != rows(getInput()) ||
      result.getElementType() != tileType(getInput()).getElementType()) // broadcast_c1
    return emitOpError() << "expected " << getInput().getType()
                         << " to fit the axis that stays, got " << result;
  return success();
}

LogicalResult RepeatOp::verify() {
  int64_t times = getTimes();
  if (rows(getResult()) % times != 0 || // repeat_c1
      rows(getResult()) / times != rows(getInput()) ||
      tileType(getResult()).getElementType() != tileType(getInput()).getElementType())
    return emitOpError() << "expected a result " << getTimes() << " times as long, got "
                         << getInput().getType() << " and " << getResult().getType();
  return success();
}

OpFoldResult RepeatOp::fold(FoldAdaptor) {
  bool isSame = getTimes() == 1 && getInput().getType() == getResult().getType();
  return isSame ? getInput() : OpFoldResult();
}

//===----------------------------------------------------------------------===//
// selection
//===----------------------------------------------------------------------===//

int64_t BandSumOp::getHalo(int64_t block, int64_t stride, int64_t into) {
  int64_t past = block - stride; // tokens of a window past its first stride
  return std::max<int64_t>(1, past / into + (past % into != 0));
}

int64_t BandSumOp::getWeight(int64_t i, int64_t j, int64_t block, int64_t stride,
                             int64_t into) {
  int64_t begin = std::max(i * stride, j * into);
  int64_t end = std::min(i * stride + block, (j + 1) * into);
  return std::max<int64_t>(0, end - begin) / stride;
}

LogicalResult BandSumOp::verify() {
  int64_t block = getWindow(), stride = getStride(), into = getInto();
  constexpr int64_t kMaxTokens = 1 << 20;
  if (stride < 1 || block < 1 || into < 1 || block > kMaxTokens || into > kMaxTokens ||
      block % stride || into % stride) // band_sum_c1
    return emitOpError() << "expected stride to divide block and into, and these to be "
                            "at most "
                         << kMaxTokens << ", got stride = " << stride
                         << ", block = " << block << " and into = " << into;
  int64_t windows = cols(getInput()), windowsPerBlock = into / stride;
  if (windows % windowsPerBlock != 0) // band_sum_c2
    return emitOpError() << "expected a multiple of into / stride = " << windowsPerBlock
                         << " input columns, got " << windows;
  int64_t columns = windows / windowsPerBlock, halo = getHalo(block, stride, into);
  if (rows(getScores()) != rows(getInput()) || cols(getScores()) != columns ||
      columns < halo) // band_sum_c3
    return emitOpError() << "expected scores of " << rows(getInput()) << " x "
                         << columns << ", with at least the halo of " << halo
                         << " columns, got " << getScores().getType();
  if (rows(getCarry()) != rows(getInput()) || cols(getCarry()) != halo) // band_sum_c4
    return emitOpError() << "expected carries of " << rows(getInput()) << " x " << halo
                         << ", got " << getCarry().getType();
  return success();
}

LogicalResult BlockMaxOp::verify() {
  int64_t keys = getKeys(), columns = cols(getInput());
  if (columns % keys != 0) // block_max_c1
    return emitOpError() << "expected keys to divide the input's columns, got " << keys
                         << " and " << columns;
  if (rows(getScores()) != rows(getInput()) ||
      cols(getScores()) != columns / keys) // block_max_c2
    return emitOpError() << "expected scores of " << rows(getInput()) << " x "
                         << columns / keys << ", got " << getScores().getType();
  return success();
}

/// topk_update_c2, topk_indices_c1, topk_indices_c2
static LogicalResult verifyEntries(Operation *op, Value values, Value indices) {
  RankedTensorType left = tileType(values), right = tileType(indices);
  if (left.getShape() != right.getShape())
    return op->emitOpError() << "expected values and indices of one shape, got " << left
                             << " and " << right;
  if (left.getEncoding() != right.getEncoding())
    return op->emitOpError() << "expected values and indices of one encoding, got "
                             << left << " and " << right;
  return success();
}

LogicalResult TopkUpdateOp::verify() {
  if (failed(verifyEntries(*this, getValues(), getIndices())))
    return failure();
  if (rows(getValues()) != rows(getScores())) // topk_update_c1
    return emitOpError() << "expected rows to agree, got " << rows(getValues())
                         << " and " << rows(getScores());
  return success();
}

LogicalResult TopkIndicesOp::verify() {
  if (failed(verifyEntries(*this, getValues(), getIndices())))
    return failure();
  if (tileType(getSorted()).getShape() !=
      tileType(getIndices()).getShape()) // topk_indices_c1
    return emitOpError() << "expected indices of one shape, got "
                         << getIndices().getType() << " and " << getSorted().getType();
  return success();
}
