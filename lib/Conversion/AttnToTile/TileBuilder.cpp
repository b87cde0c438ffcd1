//===- TileBuilder.cpp - short names for tile arithmetic ------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/AttnToTile/TileBuilder.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace fovea;

RankedTensorType TileBuilder::f32Tile(ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape, getF32Type());
}
Value TileBuilder::constantTile(ArrayRef<int64_t> shape, double value) {
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(f32Tile(shape), getF32FloatAttr(value)));
}
Value TileBuilder::constantLike(Value model, double value) {
  RankedTensorType type = typeOf(model);
  return arith::ConstantOp::create(
      *this, DenseElementsAttr::get(
                 type, Attribute(getFloatAttr(type.getElementType(), value))));
}
Value TileBuilder::minusInfinity(ArrayRef<int64_t> shape) {
  return constantTile(shape, -std::numeric_limits<double>::infinity());
}
Value TileBuilder::toF32(Value tile) {
  RankedTensorType type = typeOf(tile);
  if (type.getElementType().isF32())
    return tile;
  return arith::ExtFOp::create(*this, f32Tile(type.getShape()), tile);
}
Value TileBuilder::toElement(Value tile, Type elementType) {
  RankedTensorType type = typeOf(tile);
  if (type.getElementType() == elementType)
    return tile;
  return arith::TruncFOp::create(*this, type.clone(elementType), tile);
}

Value TileBuilder::alongRows(Value rowValues, int64_t columns) {
  RankedTensorType type = typeOf(rowValues);
  return tile::BroadcastOp::create(
      *this,
      RankedTensorType::get({type.getDimSize(0), columns}, type.getElementType()),
      rowValues, 1);
}
Value TileBuilder::alongColumns(Value columnValues, int64_t rows) {
  RankedTensorType type = typeOf(columnValues);
  return tile::BroadcastOp::create(
      *this, RankedTensorType::get({rows, type.getDimSize(0)}, type.getElementType()),
      columnValues, 0);
}
Value TileBuilder::reduce(tile::ReduceKind kind, Value tile, int64_t axis) {
  return tile::ReduceOp::create(*this, f32Tile({typeOf(tile).getDimSize(1 - axis)}),
                                kind, tile, axis, IntegerAttr());
}
Value TileBuilder::mulf(Value lhs, Value rhs) {
  return arith::MulFOp::create(*this, lhs, rhs);
}
Value TileBuilder::addf(Value lhs, Value rhs) {
  return arith::AddFOp::create(*this, lhs, rhs);
}
Value TileBuilder::subf(Value lhs, Value rhs) {
  return arith::SubFOp::create(*this, lhs, rhs);
}

Value TileBuilder::positions(Value base, int64_t size, int64_t repeat) {
  return tile::PositionsOp::create(*this, RankedTensorType::get({size}, getI32Type()),
                                   base, repeat);
}
Value TileBuilder::splatI32(Value index, ArrayRef<int64_t> shape) {
  return tensor::SplatOp::create(*this, RankedTensorType::get(shape, getI32Type()),
                                 toI32(index), ValueRange());
}

Value TileBuilder::load(Value view, ValueRange offsets, ArrayRef<int64_t> sizes,
                        Value count, int64_t rank, int64_t step, int64_t within,
                        Value rows, Value from, bool rowwise) {
  SmallVector<int64_t> shape{llvm::product_of(sizes)};
  if (rank == 2)
    shape = {shape[0] / sizes.back(), sizes.back()};
  Type element = cast<MemRefType>(view.getType()).getElementType();
  return tile::LoadOp::create(*this, RankedTensorType::get(shape, element), view,
                              offsets, rows, from, count, getDenseI64ArrayAttr(sizes),
                              getI64IntegerAttr(step),
                              within ? getI64IntegerAttr(within) : IntegerAttr(),
                              /*flat=*/UnitAttr(), /*transposed=*/UnitAttr(),
                              rowwise ? getUnitAttr() : UnitAttr());
}
Value TileBuilder::loadTransposed(Value view, ValueRange offsets,
                                  ArrayRef<int64_t> sizes, Value count, int64_t step) {
  int64_t columns = sizes.back(), rows = llvm::product_of(sizes.drop_back());
  Type element = cast<MemRefType>(view.getType()).getElementType();
  return tile::LoadOp::create(*this, RankedTensorType::get({columns, rows}, element),
                              view, offsets, /*rows=*/Value(), /*from=*/Value(), count,
                              getDenseI64ArrayAttr(sizes), getI64IntegerAttr(step),
                              IntegerAttr(), /*flat=*/UnitAttr(), getUnitAttr(),
                              /*rowwise=*/UnitAttr());
}
Value TileBuilder::loadFlat(Value view, Value first, int64_t size, Value count) {
  Type element = cast<MemRefType>(view.getType()).getElementType();
  return tile::LoadOp::create(*this, RankedTensorType::get({size}, element), view,
                              first, /*rows=*/Value(), /*from=*/Value(), count,
                              getDenseI64ArrayAttr(size), getI64IntegerAttr(1),
                              IntegerAttr(), /*flat=*/getUnitAttr(),
                              /*transposed=*/UnitAttr(), /*rowwise=*/UnitAttr());
}
void TileBuilder::store(Value tile, Value view, ValueRange offsets,
                        ArrayRef<int64_t> sizes, Value count, int64_t within,
                        int64_t step) {
  Type element = cast<MemRefType>(view.getType()).getElementType();
  if (isa<FloatType>(element))
    tile = toElement(tile, element);
  tile::StoreOp::create(*this, tile, view, offsets, count, getDenseI64ArrayAttr(sizes),
                        getI64IntegerAttr(step),
                        within ? getI64IntegerAttr(within) : IntegerAttr());
}
