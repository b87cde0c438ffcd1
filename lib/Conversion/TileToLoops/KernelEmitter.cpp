//===- KernelEmitter.cpp - a tile kernel as loops -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// The kernel's structure, where its tiles lie, and small pieces of IR.
//
//===----------------------------------------------------------------------===//

#include "KernelEmitter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_loops {

KernelEmitter::KernelEmitter(KernelOp kernel, const LoopTarget &target)
    : kernel(kernel), target(target), layouts(kernel), fusion(kernel, layouts),
      plan(kernel, layouts, fusion), b(kernel.getLoc(), kernel) {}

LogicalResult KernelEmitter::emit() {
  SmallVector<Type> inputs(kernel.getArgumentTypes());
  inputs.append(kGridRank, b.getIndexType()); // the program ids
  function =
      func::FuncOp::create(b, kernel.getSymName(), b.getFunctionType(inputs, {}));
  function.setPrivate();
  // Objects of several specs link into one program. Kernels stay functions: they are
  // found by name in profiles, and inlining them costs compile time and gains nothing.
  function->setAttr("passthrough", b.getStrArrayAttr({"noinline"}));
  function->setAttr("llvm.linkage",
                    LLVM::LinkageAttr::get(b.getContext(), LLVM::Linkage::Internal));
  Block *entry = function.addEntryBlock();
  Block &body = kernel.getBody().front();
  for (auto [from, to] : llvm::zip(body.getArguments(), entry->getArguments()))
    scalars.map(from, to);
  b.setInsertionPointToStart(entry);
  func::ReturnOp::create(b);
  b.setInsertionPointToStart(entry);
  for (MemRefType type : plan.slotTypes())
    slots.push_back(allocate(type));
  b.setInsertionPoint(entry->getTerminator());
  emitBlock(body);
  return success(!failed && succeeded(placeScratch()));
}

/// Scratch is the thread's stack, or, where that may be too small, memory that the
/// launch passes.
LogicalResult KernelEmitter::placeScratch() {
  if (scratchBytes <= target.maxStackBytes)
    return success();
  if (scratchBytes > target.maxScratchBytes)
    return kernel.emitError() << "expected at most " << target.maxScratchBytes
                              << " bytes of scratch, got " << scratchBytes
                              << "; choose a schedule with fewer tokens or keys, or "
                                 "fewer heads per KV head or smaller head dims";
  auto type = MemRefType::get({scratchBytes}, b.getI8Type());
  if (mlir::failed(function.insertArgument(function.getNumArguments(), type,
                                           DictionaryAttr(), function.getLoc())))
    return failure();
  Value scratch = function.getArguments().back();
  int64_t offset = 0;
  for (auto alloca : llvm::make_early_inc_range(
           function.getBody().front().getOps<memref::AllocaOp>())) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(alloca);
    Value view = memref::ViewOp::create(b, alloca.getType(), scratch, index(offset),
                                        ValueRange());
    offset += paddedBytes(alloca.getType());
    alloca.replaceAllUsesWith(view);
    alloca.erase();
  }
  return success();
}

void KernelEmitter::emitBlock(Block &block) {
  for (Operation &op : block) {
    if (failed)
      return;
    size_t outside = usedTemporaries.size();
    b.setLoc(op.getLoc());
    emitOp(&op);
    freeTemporaries.append(usedTemporaries.begin() + outside, usedTemporaries.end());
    usedTemporaries.truncate(outside);
  }
}

void KernelEmitter::emitOp(Operation *op) {
  if (const Fusion::Run *run = fusion.runOf(op)) {
    if (run->front() == op)
      emitRun(*run);
    return;
  }
  TypeSwitch<Operation *>(op)
      .Case([&](LoadOp op) { emitLoad(op); })
      .Case([&](StoreOp op) { emitStore(op); })
      .Case([&](DotOp op) { emitDot(op); })
      .Case([&](ReduceOp op) { emitReduce(op); })
      .Case([&](RepeatOp op) { emitRepeat(op); })
      .Case([&](BandSumOp op) { emitBandSum(op); })
      .Case([&](BlockMaxOp op) { emitBlockMax(op); })
      .Case([&](TopkUpdateOp op) { emitTopkUpdate(op); })
      .Case([&](TopkIndicesOp op) { emitTopkIndices(op); })
      .Case([&](ForVisitsOp op) { emitForVisits(op); })
      .Case([&](scf::ForOp op) { emitFor(op); })
      .Case([&](scf::IfOp op) { emitIf(op); })
      .Case([&](LocateOp op) { emitLocate(op); })
      .Case([&](ProgramIdOp op) {
        unsigned first = function.getNumArguments() - kGridRank;
        scalars.map(op.getResult(), function.getArgument(first + op.getAxis()));
      })
      // Read by the loops over them; terminators by what they end.
      .Case<VisitsOpInterface, ReturnOp, YieldOp, scf::YieldOp>([](auto) {})
      .Default([&](Operation *op) { emitScalarOp(op); });
}

/// Operations that touch no tile are kept. Tiles that nothing reads are dropped, and
/// generators are made where they are used.
void KernelEmitter::emitScalarOp(Operation *op) {
  if (op->getNumResults() == 1 && isTile(op->getResult(0)) &&
      (isElementwise(op) || isGenerator(op->getResult(0)) || isTable(op->getResult(0))))
    return;
  auto touchesTile = [](Value value) { return isTile(value); };
  if (llvm::any_of(op->getOperands(), touchesTile) ||
      llvm::any_of(op->getResults(), touchesTile)) {
    op->emitError() << "expected an operation on tiles that loops can be made of, got '"
                    << op->getName() << "'";
    failed = true;
    return;
  }
  if (op->getNumRegions() || isa<TileDialect>(op->getDialect())) {
    op->emitError() << "expected an operation of a logical kernel, got '"
                    << op->getName() << "'";
    failed = true;
    return;
  }
  b.clone(*op, scalars);
}

//===----------------------------------------------------------------------===//
// Storage
//===----------------------------------------------------------------------===//

int64_t KernelEmitter::paddedBytes(MemRefType type) {
  int64_t bytes = type.getNumElements() * type.getElementTypeBitWidth() / 8;
  return llvm::alignTo(bytes, kScratchAlignment);
}

Value KernelEmitter::allocate(MemRefType type) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  scratchBytes += paddedBytes(type);
  return memref::AllocaOp::create(b, type, b.getI64IntegerAttr(kScratchAlignment));
}

Storage KernelEmitter::storageOf(Value tile) {
  Layout layout = layouts.of(tile);
  if (isTable(tile))
    return tableStorage(tile, layout);
  if (Value elsewhere = placed.lookup(tile))
    return {elsewhere, layout, tileType(tile)};
  assert(plan.hasSlot(tile) && "expected a stored tile");
  return {slots[plan.slotOf(tile)], layout, tileType(tile)};
}

/// A constant that is no splat: a few elements, written once at the kernel's entry.
Storage KernelEmitter::tableStorage(Value tile, Layout layout) {
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
      Value at = index(i);
      memref::StoreOp::create(b, toScratch(value), table.memref, at);
    } else {
      Value column = index(i % columns);
      storeElement(value, table, index(i / columns), column);
    }
  }
  return table;
}

Storage KernelEmitter::temporary(RankedTensorType tile, Layout layout) {
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

Storage KernelEmitter::inMemory(Value tile, Layout layout) {
  if (!isGenerator(tile)) {
    Storage storage = storageOf(tile);
    if (storage.layout == layout || storage.tile.getRank() == 1)
      return storage;
  }
  Storage made = temporary(tileType(tile), layout);
  copy(tile, made);
  return made;
}

Storage KernelEmitter::inMemory(Value tile) {
  return inMemory(tile, isGenerator(tile) ? Layout::Natural : layouts.of(tile));
}

/// Writes `source` into `to`, transposing where their layouts differ.
void KernelEmitter::copy(Value source, const Storage &to) {
  if (!isGenerator(source)) {
    Storage from = storageOf(source);
    if (from.memref == to.memref)
      return;
    if (from.layout != to.layout && to.tile.getRank() == 2) {
      loop(to.tile.getDimSize(0), 1, [&](Value row) {
        loop(to.tile.getDimSize(1), 1, [&](Value column) {
          storeElement(loadElement(from, row, column), to, row, column);
        });
      });
      return;
    }
  }
  emitNest(to.tile, to.layout,
           [&](LaneNest &nest) { storeVector(vectorOf(source, nest), to, nest); });
}

/// Copies as if all at once: a source that is also a destination goes by way of a
/// temporary.
void KernelEmitter::copyAll(const Transfers &transfers) {
  SmallVector<std::pair<Storage, Storage>> late;
  SmallVector<std::pair<Value, Storage>> direct;
  auto writes = [&](const std::pair<Value, Value> &transfer, Value memref) {
    return storageOf(transfer.second).memref == memref &&
           (isGenerator(transfer.first) || storageOf(transfer.first).memref != memref);
  };
  for (auto [source, destination] : transfers) {
    Storage to = storageOf(destination);
    SmallVector<Value> inputs;
    storedInputs(source, inputs);
    bool overwritten = llvm::any_of(inputs, [&](Value input) {
      return llvm::any_of(transfers, [&](const std::pair<Value, Value> &other) {
        return other.second != destination && writes(other, storageOf(input).memref);
      });
    });
    if (!overwritten) {
      direct.emplace_back(source, to);
      continue;
    }
    Storage aside = temporary(to.tile, to.layout);
    copy(source, aside);
    late.emplace_back(aside, to);
  }
  for (auto &[source, to] : direct)
    copy(source, to);
  for (auto &[from, to] : late)
    memref::CopyOp::create(b, from.memref, to.memref);
}

//===----------------------------------------------------------------------===//
// Small pieces of IR
//===----------------------------------------------------------------------===//

Value KernelEmitter::index(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}
Value KernelEmitter::i32(int64_t value) {
  return arith::ConstantIntOp::create(b, value, 32);
}

void KernelEmitter::loop(Value begin, Value end, int64_t step, Body body) {
  auto forOp = scf::ForOp::create(b, begin, end, index(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  body(forOp.getInductionVar());
}

void KernelEmitter::loop(int64_t begin, int64_t end, int64_t step, Body body) {
  Value last = index(end), first = index(begin);
  loop(first, last, step, body);
}

void KernelEmitter::loop(int64_t end, int64_t step, Body body) {
  if (end == step)
    return body(index(0));
  loop(0, end, step, body);
}

KernelEmitter::Values
KernelEmitter::carry(Value end, int64_t step, ValueRange inits,
                     function_ref<Values(Value, ValueRange)> body) {
  Value stride = index(step);
  auto forOp = scf::ForOp::create(b, index(0), end, stride, inits);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forOp.getBody());
  Values next = body(forOp.getInductionVar(), forOp.getRegionIterArgs());
  scf::YieldOp::create(b, next);
  return llvm::to_vector_of<Value>(forOp.getResults());
}

int64_t KernelEmitter::widthFor(int64_t size) const {
  int64_t width = target.vectorBits / 32;
  while (size % width != 0)
    width /= 2;
  return width;
}

VectorType KernelEmitter::vectorType(int64_t width, Type element) const {
  return VectorType::get({width}, element);
}

Value KernelEmitter::loadElement(const Storage &from, Value row, Value column) {
  Value at[] = {from.isLanes() ? column : row, from.isLanes() ? row : column};
  return fromScratch(memref::LoadOp::create(b, from.memref, at),
                     from.tile.getElementType());
}

void KernelEmitter::storeElement(Value value, const Storage &to, Value row,
                                 Value column) {
  Value at[] = {to.isLanes() ? column : row, to.isLanes() ? row : column};
  memref::StoreOp::create(b, toScratch(value), to.memref, at);
}

/// A scalar or vector as it lies in scratch, as one of `element`.
Value KernelEmitter::fromScratch(Value value, Type element) {
  Type type = element;
  if (auto vector = dyn_cast<VectorType>(value.getType()))
    type = vector.clone(element);
  if (element.isBF16() || element.isF16())
    return arith::TruncFOp::create(b, type, value);
  if (element.isInteger(1))
    return arith::TruncIOp::create(b, type, value);
  return value;
}

Value KernelEmitter::toScratch(Value value) {
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

} // namespace fovea::tile_to_loops
