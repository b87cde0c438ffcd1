//===- TileAccess.cpp - a tile's elements, wherever they are --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "TileAccess.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

/// Contiguous chunks outside, so that what belongs to a query row (its maximum, its
/// position) is read once and stays in a register over the inner loop.
void TileAccess::emitNest(RankedTensorType tile, Layout layout,
                          function_ref<void(LaneNest &)> body) {
  Storage shape{Value(), layout, tile};
  LaneNest nest;
  nest.width = frame.target.widthFor(shape.inner());
  nest.layout = layout;
  b.loop(shape.inner(), nest.width, [&](Value inner) {
    nest.inner = inner;
    if (tile.getRank() == 1)
      return body(nest);
    Value step = b.index(1), end = b.index(shape.outer());
    auto outerLoop = scf::ForOp::create(b, b.index(0), end, step);
    OpBuilder::InsertionGuard guard(b);
    nest.beforeInner =
        OpBuilder::InsertPoint(outerLoop->getBlock(), outerLoop->getIterator());
    nest.outer = outerLoop.getInductionVar();
    b.setInsertionPointToStart(outerLoop.getBody());
    body(nest);
  });
}

/// `width` elements of `from` at the indices `at` of its memory.
Value TileAccess::loadedVector(const Storage &from, ValueRange at, int64_t width) {
  Type lying = cast<MemRefType>(from.memref.getType()).getElementType();
  Value vector =
      vector::LoadOp::create(b, VectorType::get(width, lying), from.memref, at);
  return fromScratch(b, vector, from.tile.getElementType());
}

Value TileAccess::vectorOf(Value tile, LaneNest &nest) {
  if (Value known = nest.known.lookup(tile))
    return known;
  Value vector;
  if (isGenerator(tile)) {
    vector = generatedVector(tile, nest);
  } else if (!nest.outer) {
    vector = rowVector(tile, nest.inner, nest.width);
  } else {
    Storage from = scratch.storageOf(tile);
    assert(from.layout == nest.layout && "expected one layout per run");
    vector = loadedVector(from, {nest.outer, nest.inner}, nest.width);
  }
  return nest.known[tile] = vector;
}

Value TileAccess::generatedVector(Value tile, LaneNest &nest) {
  if (auto broadcast = tile.getDefiningOp<BroadcastOp>())
    return broadcastVector(broadcast, nest);
  OpBuilder::InsertionGuard guard(b);
  if (nest.outer)
    b.restoreInsertionPoint(nest.beforeInner);
  if (Value splat = splatOf(tile))
    return b.splat(splat, nest.width);
  return rowVector(tile, nest.inner, nest.width); // positions, in a nest of rank 1
}

Value TileAccess::broadcastVector(BroadcastOp op, LaneNest &nest) {
  bool alongRows = op.getAxis() == 1; // the input has one value per row
  if (alongRows == (nest.layout == Layout::Lanes)) {
    OpBuilder::InsertionGuard guard(b);
    b.restoreInsertionPoint(nest.beforeInner);
    return rowVector(op.getInput(), nest.inner, nest.width);
  }
  return b.splat(rowScalar(op.getInput(), nest.outer), nest.width);
}

/// The scalar that every element of `tile` equals, or null.
Value TileAccess::splatOf(Value tile) {
  if (isa<BlockArgument>(tile)) // a range's token mask
    return isGenerator(tile) ? arith::ConstantIntOp::create(b, 1, 1) : Value();
  if (auto splat = tile.getDefiningOp<tensor::SplatOp>())
    return scalar(splat.getInput());
  if (auto constant = tile.getDefiningOp<arith::ConstantOp>())
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      return arith::ConstantOp::create(
          b, cast<TypedAttr>(splat.getSplatValue<Attribute>()));
  return Value();
}

/// `width` values of a tile of rank 1, from `at` on.
Value TileAccess::rowVector(Value rows, Value at, int64_t width) {
  if (auto positions = rows.getDefiningOp<PositionsOp>())
    return positionsVector(positions, at, width);
  if (isGenerator(rows))
    return b.splat(splatOf(rows), width);
  return loadedVector(scratch.storageOf(rows), at, width);
}

Value TileAccess::positionsVector(PositionsOp op, Value at, int64_t width) {
  SmallVector<int32_t> steps = llvm::to_vector(llvm::seq<int32_t>(0, width));
  Value step = arith::ConstantOp::create(
      b,
      DenseElementsAttr::get(VectorType::get(width, b.getI32Type()), ArrayRef(steps)));
  Value row = b.add(b.splat(b.toI32(at), width), step);
  Value position = b.div(row, op.getRepeat());
  return b.add(b.splat(b.toI32(scalar(op.getBase())), width), position);
}

Value TileAccess::rowScalar(Value rows, Value at) {
  if (auto positions = rows.getDefiningOp<PositionsOp>()) {
    Value offset = b.div(at, positions.getRepeat());
    return b.toI32(b.add(scalar(positions.getBase()), offset));
  }
  if (isGenerator(rows))
    return splatOf(rows);
  Storage from = scratch.storageOf(rows);
  return fromScratch(b, memref::LoadOp::create(b, from.memref, at),
                     from.tile.getElementType());
}

void TileAccess::storeVector(Value vector, const Storage &to, const LaneNest &nest) {
  SmallVector<Value> at;
  if (nest.outer)
    at.push_back(nest.outer);
  at.push_back(nest.inner);
  vector::StoreOp::create(b, toScratch(b, vector), to.memref, at);
}

//===----------------------------------------------------------------------===//
// As a whole
//===----------------------------------------------------------------------===//

Storage TileAccess::inMemory(Value tile, Layout layout) {
  if (!isGenerator(tile)) {
    Storage storage = scratch.storageOf(tile);
    if (storage.layout == layout || storage.tile.getRank() == 1)
      return storage;
  }
  Storage made = scratch.temporary(tileType(tile), layout);
  copy(tile, made);
  return made;
}

Storage TileAccess::inMemory(Value tile) {
  return inMemory(tile, isGenerator(tile) ? Layout::Natural : frame.layouts.of(tile));
}

void TileAccess::copy(Value source, const Storage &to) {
  if (!isGenerator(source)) {
    Storage from = scratch.storageOf(source);
    if (from.memref == to.memref)
      return;
    if (from.layout != to.layout && to.tile.getRank() == 2) {
      b.loop(to.tile.getDimSize(0), 1, [&](Value row) {
        b.loop(to.tile.getDimSize(1), 1, [&](Value column) {
          storeElement(b, loadElement(b, from, row, column), to, row, column);
        });
      });
      return;
    }
  }
  emitNest(to.tile, to.layout,
           [&](LaneNest &nest) { storeVector(vectorOf(source, nest), to, nest); });
}

void TileAccess::copyAll(const Transfers &transfers) {
  SmallVector<std::pair<Storage, Storage>> late;
  SmallVector<std::pair<Value, Storage>> direct;
  auto memoryOf = [&](Value tile) { return scratch.storageOf(tile).memref; };
  using Transfer = Transfers::value_type;
  auto writes = [&](const Transfer &transfer, Value memref) {
    return memoryOf(transfer.second) == memref &&
           (isGenerator(transfer.first) || memoryOf(transfer.first) != memref);
  };
  for (const Transfer &transfer : transfers) {
    Value source = transfer.first, destination = transfer.second;
    Storage to = scratch.storageOf(destination);
    SmallVector<Value> inputs;
    storedInputs(source, inputs);
    bool overwritten = llvm::any_of(inputs, [&](Value input) {
      return llvm::any_of(transfers, [&](const Transfer &other) {
        return other.second != destination && writes(other, memoryOf(input));
      });
    });
    if (!overwritten) {
      direct.emplace_back(source, to);
      continue;
    }
    Storage aside = scratch.temporary(to.tile, to.layout);
    copy(source, aside);
    late.emplace_back(aside, to);
  }
  for (auto &[source, to] : direct)
    copy(source, to);
  for (auto &[from, to] : late)
    memref::CopyOp::create(b, from.memref, to.memref);
}

} // namespace fovea::tile_to_loops
