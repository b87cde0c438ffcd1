//===- Scratch.cpp - where the tiles of a kernel lie ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Scratch.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace fovea::tile_to_loops {

//===----------------------------------------------------------------------===//
// Elements
//===----------------------------------------------------------------------===//

Value fromScratch(LoopBuilder &b, Value value, Type element) {
  Type type = element;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(element);
  if (element.isBF16() || element.isF16())
    return arith::TruncFOp::create(b, type, value);
  if (element.isInteger(1))
    return arith::TruncIOp::create(b, type, value);
  return value;
}

Value toScratch(LoopBuilder &b, Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  auto as = [&](Type scalarType) -> Type {
    auto vector = dyn_cast<VectorType>(value.getType());
    return vector ? Type(vector.clone(scalarType)) : scalarType;
  };
  if (element.isBF16() || element.isF16())
    return arith::ExtFOp::create(b, as(b.getF32Type()), value);
  if (element.isInteger(1))
    return arith::ExtUIOp::create(b, as(b.getI8Type()), value);
  return value;
}

Value loadElement(LoopBuilder &b, const Storage &from, Value row, Value column) {
  Value at[] = {from.isLanes() ? column : row, from.isLanes() ? row : column};
  return fromScratch(b, memref::LoadOp::create(b, from.memref, at),
                     from.tile.getElementType());
}

void storeElement(LoopBuilder &b, Value value, const Storage &to, Value row,
                  Value column) {
  Value at[] = {to.isLanes() ? column : row, to.isLanes() ? row : column};
  memref::StoreOp::create(b, toScratch(b, value), to.memref, at);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static int64_t paddedBytes(MemRefType type) {
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return llvm::alignTo(bytes, kScratchAlignment);
}

Scratch::Scratch(const KernelFrame &frame, func::FuncOp function, LoopBuilder &b)
    : frame(frame), function(function), b(b) {
  for (MemRefType type : frame.plan.slotTypes())
    slots.push_back(allocate(type));
}

Value Scratch::allocate(MemRefType type) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  allocated += paddedBytes(type);
  return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(kScratchAlignment));
}

Storage Scratch::storageOf(Value tile) {
  Layout layout = frame.layouts.of(tile);
  if (isTable(tile))
    return tableStorage(tile, layout);
  if (Value memref = elsewhere.lookup(tile))
    return {memref, layout, tileType(tile)};
  assert(frame.plan.hasSlot(tile) && "expected a stored tile");
  return {slots[frame.plan.slotOf(tile)], layout, tileType(tile)};
}

/// A constant that is no splat: a few elements, written once at the kernel's entry.
Storage Scratch::tableStorage(Value tile, Layout layout) {
  Value &memref = tables[{tile, unsigned(layout)}];
  if (memref)
    return {memref, layout, tileType(tile)};
  memref = allocate(scratchType(tileType(tile), layout));
  Storage table{memref, layout, tileType(tile)};
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointAfter(memref.getDefiningOp());
  auto elements =
      cast<DenseElementsAttr>(tile.getDefiningOp<arith::ConstantOp>().getValue());
  int64_t columns = table.tile.getShape().back();
  for (auto [i, attr] : llvm::enumerate(elements.getValues<Attribute>())) {
    Value value = arith::ConstantOp::create(b, cast<TypedAttr>(attr));
    if (table.tile.getRank() == 1) {
      Value at = b.index(i);
      memref::StoreOp::create(b, toScratch(b, value), table.memref, at);
    } else {
      Value column = b.index(i % columns);
      storeElement(b, value, table, b.index(i / columns), column);
    }
  }
  return table;
}

Storage Scratch::temporary(RankedTensorType tile, Layout layout) {
  MemRefType type = scratchType(tile, layout);
  auto found =
      llvm::find_if(freeTemporaries, [&](Value v) { return v.getType() == type; });
  Value memref;
  if (found == freeTemporaries.end()) {
    memref = allocate(type);
  } else {
    memref = *found;
    freeTemporaries.erase(found);
  }
  usedTemporaries.push_back(memref);
  return {memref, layout, tile};
}

Scratch::Scope::~Scope() {
  Values &used = scratch.usedTemporaries;
  scratch.freeTemporaries.append(used.begin() + outside, used.end());
  used.truncate(outside);
}

LogicalResult Scratch::makeArgument() {
  auto type = MemRefType::get({allocated}, b.getI8Type());
  if (failed(function.insertArgument(function.getNumArguments(), type, DictionaryAttr(),
                                     function.getLoc())))
    return failure();
  Value bytes = function.getArguments().back();
  int64_t offset = 0;
  for (auto alloca : llvm::make_early_inc_range(
           function.getBody().front().getOps<memref::AllocaOp>())) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(alloca);
    Value view = memref::ViewOp::create(b, alloca.getType(), bytes, b.index(offset),
                                        ValueRange());
    offset += paddedBytes(alloca.getType());
    alloca.replaceAllUsesWith(view);
    alloca.erase();
  }
  return success();
}

} // namespace fovea::tile_to_loops
