//===- EmitMemory.cpp - tiles from and to views ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Emitters.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <functional>
#include <optional>

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

namespace {
/// A box of a view, taken one row of columns at a time: all dims but the last number
/// the rows. A view of one dim has rows of one element, so that `count` cuts rows. The
/// first size may say how often the box of the others is read.
struct Box {
  Value view;
  SmallVector<Value> offsets;
  SmallVector<int64_t> sizes;
  int64_t step;
  std::optional<int64_t> within; ///< second-dim indices from there on are padding
  bool isRepeated = false;

  int64_t columns() const { return sizes.back(); }
  bool padsColumns() const { return within && sizes.size() == 2; }
  bool padsRows() const { return within && sizes.size() > 2; }
  /// Columns that are no padding.
  int64_t heldColumns() const { return padsColumns() ? *within : columns(); }
  bool hasOneDim() const { return sizes.size() > offsets.size() + isRepeated; }
  /// Whether columns can be read and written as vectors.
  bool isContiguous() const {
    return !hasOneDim() && cast<MemRefType>(view.getType()).isLastDimUnitStride();
  }
  /// The view's indices of a column of the row with box indices `row`.
  SmallVector<Value> at(LoopBuilder &b, ValueRange row, Value column) const {
    SmallVector<Value> indices(isRepeated ? row.drop_front() : row);
    if (!hasOneDim())
      indices.push_back(column);
    if (step != 1)
      indices[0] = b.mul(indices[0], step);
    for (auto [index, offset] : llvm::zip_equal(indices, offsets))
      index = b.add(offset, index);
    return indices;
  }
};

enum class Rows { All, Held, Padding };
} // namespace

static Value viewOf(const Emission &emission, StoreOp op) {
  return emission.scalar(op.getView());
}
static Value viewOf(const Emission &emission, LoadOp op) {
  Value view = emission.scalar(op.getView());
  int64_t rank = cast<MemRefType>(view.getType()).getRank();
  if (!op.getFlat() || rank == 1)
    return view;
  ReassociationIndices all = llvm::to_vector(llvm::seq(rank));
  return memref::CollapseShapeOp::create(emission.b, view,
                                         ArrayRef<ReassociationIndices>(all));
}

template <typename OpTy> static Box boxOf(const Emission &emission, OpTy op) {
  Box box{viewOf(emission, op),
          {},
          SmallVector<int64_t>(op.getSizes()),
          int64_t(op.getStep()),
          op.getWithin()};
  for (Value offset : op.getOffsets())
    box.offsets.push_back(emission.scalar(offset));
  box.isRepeated = box.sizes.size() > box.offsets.size();
  if (box.sizes.size() == 1)
    box.sizes.push_back(1);
  return box;
}

/// min(max(count, 0), size); `size` where there is no count.
static Value validRows(const Emission &emission, Value count, int64_t size) {
  LoopBuilder &b = emission.b;
  if (!count)
    return b.index(size);
  return b.min(b.max(emission.scalar(count), 0), size);
}

/// The first-dim indices of a load that hold something before its count.
static Value validIndices(const Emission &emission, LoadOp op) {
  int64_t indices = op.getSizes().front();
  if (!op.getRowwise())
    return validRows(emission, op.getCount(), indices);
  int64_t each = op.getRowsPerIndex();
  Value rows = validRows(emission, op.getCount(), indices * each);
  return emission.b.ceilDiv(rows, each);
}

/// Runs `body` with the box indices and the number of each row whose first-dim index
/// is in [begin, end): of all of them, of those that are no padding, or of those that
/// are.
static void forRows(LoopBuilder &b, const Box &box, Value begin, Value end, Rows rows,
                    function_ref<void(ValueRange, Value)> body) {
  SmallVector<Value> at;
  std::function<void(Value)> nest = [&](Value row) {
    size_t dim = at.size();
    if (dim + 1 == box.sizes.size())
      return body(at, row);
    auto inner = [&](Value i) {
      Value number = i;
      if (dim > 0) {
        number = b.add(b.mul(row, box.sizes[dim]), i);
      }
      at.push_back(i);
      nest(number);
      at.pop_back();
    };
    bool cut = dim == 1 && box.padsRows();
    if (dim == 0)
      b.loop(begin, end, 1, inner);
    else if (cut && rows == Rows::Padding)
      b.loop(*box.within, box.sizes[dim], 1, inner);
    else if (cut && rows == Rows::Held)
      b.loop(*box.within, 1, inner);
    else
      b.loop(box.sizes[dim], 1, inner);
  };
  nest(Value());
}

/// Where element `column` of row `row` lies in scratch.
static SmallVector<Value> scratchAt(LoopBuilder &b, const Storage &storage,
                                    int64_t columns, Value row, Value column) {
  if (storage.isLanes())
    return {column, row};
  if (storage.tile.getRank() == 2)
    return {row, column};
  return {b.add(b.mul(row, columns), column)};
}

//===----------------------------------------------------------------------===//
// load
//===----------------------------------------------------------------------===//

/// Whether a whole tile may be read where it is: f32 rows, one after the other, in a
/// view that the kernel does not write.
static bool isDirect(const KernelFrame &frame, LoadOp op) {
  auto view = cast<MemRefType>(op.getView().getType());
  ArrayRef<int64_t> sizes = op.getSizes();
  SmallVector<int64_t> strides;
  int64_t offset;
  if (op.getWithin() || op.isRepeated() || op.getRows() || op.getFlat() ||
      op.getFrom() || op.getTransposed() ||
      op.getTile().getType().getShape().size() != 2 || !view.getElementType().isF32() ||
      frame.layouts.of(op.getTile()) != Layout::Natural ||
      !frame.plan.isAlone(op.getTile()) ||
      llvm::failed(view.getStridesAndOffset(strides, offset)))
    return false;
  bool oneRowPerIndex = llvm::all_of(sizes.drop_back().drop_front(),
                                     [](int64_t size) { return size == 1; });
  return oneRowPerIndex && strides.back() == 1 &&
         strides.front() * int64_t(op.getStep()) == sizes.back() &&
         llvm::none_of(op.getView().getUsers(),
                       [](Operation *user) { return isa<StoreOp>(user); });
}

namespace {
/// Writes a load's tile to scratch.
class ScratchFill {
public:
  ScratchFill(const Emission &emission, LoadOp op, const Box &box, const Storage &to)
      : emission(emission), b(emission.b), op(op), box(box), to(to),
        isWide(box.isContiguous() && !to.isLanes() && !box.padsColumns() &&
               !op.getTransposed()),
        width(isWide ? emission.frame.target.widthFor(box.columns()) : 1),
        valid(validIndices(emission, op)),
        first(op.getFrom() ? b.min(b.max(emission.scalar(op.getFrom()), 0), valid)
                           : b.index(0)) {
    Type element = to.tile.getElementType();
    type = isWide ? Type(VectorType::get(width, element)) : element;
    if (mayHoldNothing())
      zero = arith::ConstantOp::create(b, type, cast<TypedAttr>(b.getZeroAttr(type)));
  }

  /// Copies what is between `from` and `count`, in the view and no padding; the rest is
  /// 0.
  void emit() {
    if (op.getRows())
      gather();
    else
      copy(box, first, valid);
    if (box.padsRows())
      clear(b.index(0), valid, Rows::Padding);
    if (box.padsColumns())
      forRows(b, box, b.index(0), valid, Rows::All, [&](ValueRange, Value row) {
        b.loop(*box.within, box.columns(), 1,
               [&](Value column) { write(zero, row, column); });
      });
    if (op.getFrom())
      clear(b.index(0), first, Rows::All);
    if (op.getCount())
      clear(valid, b.index(box.sizes[0]), Rows::All);
    if (op.getRowwise())
      clearRows();
  }

private:
  bool mayHoldNothing() {
    return op.getFrom() || op.getCount() || box.within || op.getRows();
  }

  void write(Value value, Value row, Value column) {
    SmallVector<Value> at = op.getTransposed()
                                ? scratchAt(b, to, box.columns(), column, row)
                                : scratchAt(b, to, box.columns(), row, column);
    if (isWide)
      vector::StoreOp::create(b, toScratch(b, value), to.memref, at);
    else
      memref::StoreOp::create(b, toScratch(b, value), to.memref, at);
  }

  /// Rows of the first-dim indices [begin, end) of `from`, which is where they are.
  void copy(const Box &from, Value begin, Value end) {
    forRows(b, from, begin, end, Rows::Held, [&](ValueRange indices, Value row) {
      b.loop(box.heldColumns(), width, [&](Value column) {
        SmallVector<Value> at = from.at(b, indices, column);
        Value value;
        if (isWide)
          value = vector::LoadOp::create(b, cast<VectorType>(type), from.view, at);
        else
          value = memref::LoadOp::create(b, from.view, at);
        write(value, row, column);
      });
    });
  }

  void clear(Value begin, Value end, Rows rows) {
    forRows(b, box, begin, end, rows, [&](ValueRange, Value row) {
      b.loop(box.columns(), width, [&](Value column) { write(zero, row, column); });
    });
  }

  /// Rows at or past a rowwise count, of the index that it is in.
  void clearRows() {
    int64_t each = op.getRowsPerIndex(), rows = box.sizes[0] * each;
    Value counted = validRows(emission, op.getCount(), rows);
    b.loop(counted, b.mul(valid, each), 1, [&](Value row) {
      b.loop(box.columns(), width, [&](Value column) { write(zero, row, column); });
    });
  }

  /// One index of the first dim at a time, from wherever it is, if that is in the view.
  void gather() {
    Value end = memref::DimOp::create(b, box.view, 0);
    b.loop(first, valid, 1, [&](Value i) {
      Value distance = b.toIndex(emission.tiles.rowScalar(op.getRows(), i));
      Value there = b.add(box.offsets[0], distance), next = b.add(i, 1);
      Box moved = box;
      moved.offsets[0] = b.sub(there, i);
      auto copyOne = [&](OpBuilder &, Location) {
        copy(moved, i, next);
        scf::YieldOp::create(b);
      };
      auto clearOne = [&](OpBuilder &, Location) {
        clear(i, next, Rows::Held);
        scf::YieldOp::create(b);
      };
      Value isThere = arith::CmpIOp::create(b, arith::CmpIPredicate::ult, there, end);
      scf::IfOp::create(b, isThere, copyOne, clearOne);
    });
  }

  const Emission &emission;
  LoopBuilder &b;
  LoadOp op;
  const Box &box;
  const Storage &to;
  bool isWide; ///< whether vectors are copied
  int64_t width;
  Value valid; ///< first-dim indices before `count`
  Value first; ///< that is copied, of those: `from`
  Type type;
  Value zero;
};
} // namespace

void emitLoad(const Emission &emission, LoadOp op) {
  LoopBuilder &b = emission.b;
  Box box = boxOf(emission, op);
  Storage to = emission.scratch.storageOf(op.getTile());
  if (!isDirect(emission.frame, op))
    return ScratchFill(emission, op, box, to).emit();
  auto scratch = cast<MemRefType>(to.memref.getType());
  auto type =
      MemRefType::get(scratch.getShape(), scratch.getElementType(),
                      StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic,
                                             {scratch.getDimSize(1), 1}));
  auto inPlace = [&]() -> Value {
    auto fixed = [&](ArrayRef<int64_t> values) {
      return getAsIndexOpFoldResult(b.getContext(), values);
    };
    SmallVector<int64_t> steps(box.sizes.size(), 1);
    steps[0] = box.step;
    SmallVector<OpFoldResult> offsets(box.offsets.begin(), box.offsets.end());
    Value part = memref::SubViewOp::create(b, type, box.view, offsets, fixed(box.sizes),
                                           fixed(steps));
    return part;
  };
  if (!op.getCount()) {
    emission.scratch.setElsewhere(op.getTile(), inPlace());
    return;
  }
  Value whole =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                            emission.scalar(op.getCount()), b.index(box.sizes[0]));
  auto pick = scf::IfOp::create(
      b, whole, [&](OpBuilder &, Location) { scf::YieldOp::create(b, inPlace()); },
      [&](OpBuilder &, Location) {
        ScratchFill(emission, op, box, to).emit();
        Value cast = memref::CastOp::create(b, type, to.memref);
        scf::YieldOp::create(b, cast);
      });
  emission.scratch.setElsewhere(op.getTile(), pick.getResult(0));
}

//===----------------------------------------------------------------------===//
// store
//===----------------------------------------------------------------------===//

void emitStore(const Emission &emission, StoreOp op) {
  LoopBuilder &b = emission.b;
  Box box = boxOf(emission, op);
  Storage from = emission.tiles.inMemory(op.getTile());
  bool wide = box.isContiguous() && !from.isLanes() && !box.padsColumns();
  int64_t width = wide ? emission.frame.target.widthFor(box.columns()) : 1;
  Type element = from.tile.getElementType();
  Type lying = cast<MemRefType>(from.memref.getType()).getElementType();
  Value valid = validRows(emission, op.getCount(), box.sizes[0]);
  forRows(b, box, b.index(0), valid, Rows::Held, [&](ValueRange indices, Value row) {
    b.loop(box.heldColumns(), width, [&](Value column) {
      SmallVector<Value> source = scratchAt(b, from, box.columns(), row, column);
      SmallVector<Value> to = box.at(b, indices, column);
      if (wide) {
        Value value = vector::LoadOp::create(b, VectorType::get(width, lying),
                                             from.memref, source);
        vector::StoreOp::create(b, fromScratch(b, value, element), box.view, to);
      } else {
        Value value = memref::LoadOp::create(b, from.memref, source);
        memref::StoreOp::create(b, fromScratch(b, value, element), box.view, to);
      }
    });
  });
}

} // namespace fovea::tile_to_loops
