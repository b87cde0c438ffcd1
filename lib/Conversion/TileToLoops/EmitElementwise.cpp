//===- EmitElementwise.cpp - runs of elementwise operations ---------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

/// Contiguous chunks outside, so that what belongs to a query row (its maximum, its
/// position) is read once and stays in a register over the inner loop.
void KernelEmitter::emitNest(RankedTensorType tile, Layout layout,
                             function_ref<void(LaneNest &)> body) {
  Storage shape{Value(), layout, tile};
  LaneNest nest;
  nest.width = widthFor(shape.inner());
  nest.layout = layout;
  loop(shape.inner(), nest.width, [&](Value inner) {
    nest.inner = inner;
    if (tile.getRank() == 1)
      return body(nest);
    Value step = index(1), end = index(shape.outer());
    auto outerLoop = scf::ForOp::create(b, index(0), end, step);
    OpBuilder::InsertionGuard guard(b);
    nest.beforeInner =
        OpBuilder::InsertPoint(outerLoop->getBlock(), outerLoop->getIterator());
    nest.outer = outerLoop.getInductionVar();
    b.setInsertionPointToStart(outerLoop.getBody());
    body(nest);
  });
}

void KernelEmitter::emitRun(const Fusion::Run &run) {
  SmallVector<Value> outputs = Fusion::outputs(run);
  if (outputs.empty())
    return;
  Value like = run.front()->getResult(0);
  emitNest(tileType(like), layouts.of(like), [&](LaneNest &nest) {
    for (Operation *op : run) {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands())
        operands.push_back(isTile(operand) ? vectorOf(operand, nest) : scalar(operand));
      Type type = vectorType(nest.width, tileType(op->getResult(0)).getElementType());
      OperationState state(op->getLoc(), op->getName().getStringRef(), operands, type,
                           op->getAttrs());
      nest.known[op->getResult(0)] = b.create(state)->getResult(0);
    }
    for (Value output : outputs)
      storeVector(nest.known[output], storageOf(output), nest);
  });
}

/// The vector of `tile` at the nest's place.
Value KernelEmitter::vectorOf(Value tile, LaneNest &nest) {
  if (Value known = nest.known.lookup(tile))
    return known;
  Value vector;
  if (isGenerator(tile)) {
    vector = generatedVector(tile, nest);
  } else if (!nest.outer) {
    vector = rowVector(tile, nest.inner, nest.width);
  } else {
    Storage from = storageOf(tile);
    assert(from.layout == nest.layout && "expected one layout per run");
    Value at[] = {nest.outer, nest.inner};
    Type type = vectorType(nest.width,
                           cast<MemRefType>(from.memref.getType()).getElementType());
    vector = fromScratch(vector::LoadOp::create(b, type, from.memref, at),
                         from.tile.getElementType());
  }
  return nest.known[tile] = vector;
}

Value KernelEmitter::generatedVector(Value tile, LaneNest &nest) {
  if (auto broadcast = tile.getDefiningOp<BroadcastOp>())
    return broadcastVector(broadcast, nest);
  OpBuilder::InsertionGuard guard(b);
  if (nest.outer)
    b.restoreInsertionPoint(nest.beforeInner);
  if (Value splat = splatOf(tile))
    return vector::BroadcastOp::create(
        b, vectorType(nest.width, tileType(tile).getElementType()), splat);
  return rowVector(tile, nest.inner, nest.width); // positions, in a nest of rank 1
}

Value KernelEmitter::broadcastVector(BroadcastOp op, LaneNest &nest) {
  bool alongRows = op.getAxis() == 1; // the input has one value per row
  if (alongRows == (nest.layout == Layout::Lanes)) {
    OpBuilder::InsertionGuard guard(b);
    b.restoreInsertionPoint(nest.beforeInner);
    return rowVector(op.getInput(), nest.inner, nest.width);
  }
  Value value = rowScalar(op.getInput(), nest.outer);
  return vector::BroadcastOp::create(b, vectorType(nest.width, value.getType()), value);
}

/// The scalar that every element of `tile` equals, or null.
Value KernelEmitter::splatOf(Value tile) {
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
Value KernelEmitter::rowVector(Value rows, Value at, int64_t width) {
  Type element = tileType(rows).getElementType();
  if (auto positions = rows.getDefiningOp<PositionsOp>()) {
    VectorType type = vectorType(width, b.getI32Type());
    auto wide = [&](Value value) -> Value {
      Value narrow = arith::IndexCastOp::create(b, b.getI32Type(), value);
      return vector::BroadcastOp::create(b, type, narrow);
    };
    SmallVector<int32_t> steps = llvm::to_vector(llvm::seq<int32_t>(0, width));
    Value step =
        arith::ConstantOp::create(b, DenseElementsAttr::get(type, ArrayRef(steps)));
    Value row = arith::AddIOp::create(b, wide(at), step);
    Value repeat = arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, int32_t(positions.getRepeat())));
    Value position = arith::DivUIOp::create(b, row, repeat);
    return arith::AddIOp::create(b, wide(scalar(positions.getBase())), position);
  }
  if (isGenerator(rows))
    return vector::BroadcastOp::create(b, vectorType(width, element), splatOf(rows));
  Storage from = storageOf(rows);
  Type type =
      vectorType(width, cast<MemRefType>(from.memref.getType()).getElementType());
  return fromScratch(vector::LoadOp::create(b, type, from.memref, at), element);
}

/// One value of a tile of rank 1.
Value KernelEmitter::rowScalar(Value rows, Value at) {
  if (auto positions = rows.getDefiningOp<PositionsOp>()) {
    Value offset = arith::DivUIOp::create(b, at, index(positions.getRepeat()));
    Value position = arith::AddIOp::create(b, scalar(positions.getBase()), offset);
    return arith::IndexCastOp::create(b, b.getI32Type(), position);
  }
  if (isGenerator(rows))
    return splatOf(rows);
  Storage from = storageOf(rows);
  return fromScratch(memref::LoadOp::create(b, from.memref, at),
                     from.tile.getElementType());
}

void KernelEmitter::storeVector(Value vector, const Storage &to, LaneNest &nest) {
  SmallVector<Value> at;
  if (nest.outer)
    at.push_back(nest.outer);
  at.push_back(nest.inner);
  vector::StoreOp::create(b, toScratch(vector), to.memref, at);
}

void KernelEmitter::emitRepeat(RepeatOp op) {
  Storage to = storageOf(op.getResult());
  int64_t times = op.getTimes(), width = widthFor(times);
  loop(tileType(op.getInput()).getDimSize(0), 1, [&](Value token) {
    Value value = rowScalar(op.getInput(), token);
    Value wide =
        vector::BroadcastOp::create(b, vectorType(width, value.getType()), value);
    Value first = arith::MulIOp::create(b, token, index(times));
    loop(times, width, [&](Value head) {
      Value at = arith::AddIOp::create(b, first, head);
      vector::StoreOp::create(b, toScratch(wide), to.memref, at);
    });
  });
}

} // namespace fovea::tile_to_loops
