//===- InPlace.cpp - views that a kernel reads and writes -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Programs of a launch have no order, and neither have the warps of one. So a kernel
// reads no view that it stores, but where nobody else can have written what it reads:
//
//   %sum = tile.load %view[%row, %head, %c0] sizes [8, 16, 128] count %n
//   ...                                                    one thread, and one element
//   tile.store %new, %view[%row, %head, %c0] sizes [8, 16, 128] count %n
//
// Both are of one box, and each thread holds of either tile the same elements; it has
// read them before it writes them last, and nobody reads them after. What it reads may
// be its own of an earlier store to that box: a partial sum, which so takes no
// registers meanwhile.
//
//===----------------------------------------------------------------------===//

#include "InPlace.h"

#include "SameValue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea::tile;

/// Whether `op` is an operation of this dialect that writes to `view`.
static bool writesTo(Operation *op, Value view) {
  auto effects = dyn_cast<MemoryEffectOpInterface>(op);
  return effects && isa<TileDialect>(op->getDialect()) &&
         effects.getEffectOnValue<MemoryEffects::Write>(view);
}

bool fovea::tile::isInPlace(Value view) {
  auto argument = dyn_cast<BlockArgument>(view);
  auto kernel =
      argument ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp()) : KernelOp();
  return kernel && kernel.getArgAttr(argument.getArgNumber(), kInPlaceAttrName);
}

/// Whether first-dim indices below `count` are below `limit` too: it is that one, or
/// the lesser of it and another. No limit is above all.
static bool isCountWithin(Value count, Value limit) {
  if (!limit)
    return true;
  if (!count)
    return false;
  SameValue same;
  if (same(count, limit))
    return true;
  auto least = count.getDefiningOp<arith::MinSIOp>();
  return least &&
         (isCountWithin(least.getLhs(), limit) || isCountWithin(least.getRhs(), limit));
}

/// Whether `op`, a load or a store of `tile`, is of the box of `store`, of which each
/// thread holds the same elements.
template <typename Op> static bool isOfBox(Op op, Value tile, StoreOp store) {
  SameValue same;
  return op.getSizes() == store.getSizes() && op.getStep() == store.getStep() &&
         op.getWithin() == store.getWithin() &&
         op.getOffsets().size() == store.getOffsets().size() &&
         llvm::equal(op.getOffsets(), store.getOffsets(), std::ref(same)) &&
         tile.getType() == store.getTile().getType();
}

/// Whether each element that a thread gets of `load` is one that it gives to `store`.
static bool isOfStored(LoadOp load, StoreOp store) {
  return !load.getRows() && !load.getFlat() && !load.getFrom() &&
         !load.getTransposed() && isOfBox(load, load.getTile(), store) &&
         isCountWithin(load.getCount(), store.getCount());
}

/// Whether a thread gives `earlier` the elements that it gives `store`.
static bool isOverwritten(StoreOp earlier, StoreOp store) {
  return isOfBox(earlier, earlier.getTile(), store) &&
         isCountWithin(earlier.getCount(), store.getCount()) &&
         isCountWithin(store.getCount(), earlier.getCount());
}

/// Whether a program comes by `op` once at most.
static bool runsOnce(Operation *op) {
  Operation *parent = op->getParentOp();
  while (isa<scf::IfOp, SpecializeOp, ForProgramsOp>(parent))
    parent = parent->getParentOp();
  return isa<KernelOp>(parent);
}

static LogicalResult verifyRead(LoadOp load, StoreOp last) {
  Operation *before = last->getBlock()->findAncestorOpInBlock(*load);
  if (!before || !before->isBeforeInBlock(last))
    return load.emitOpError() << "expected a view in place to be read before the last "
                                 "tile.store into it, in the same block";
  if (!isOfStored(load, last))
    return load.emitOpError() << "expected what is read of a view in place to be the "
                                 "box and the type of tile that is stored there";
  return success();
}

/// The stores into a view in place: of one box, in one block that a program comes by
/// once at most. Gives the last of them.
static FailureOr<StoreOp> verifyStores(KernelOp kernel, BlockArgument view,
                                       ArrayRef<StoreOp> stores) {
  auto argument = [&] {
    return "argument " + std::to_string(view.getArgNumber()) + ", which is in place";
  };
  if (stores.empty()) {
    kernel.emitOpError() << "expected a tile.store into " << argument() << ", got none";
    return failure();
  }
  StoreOp last = stores.front();
  for (StoreOp store : stores) {
    if (!runsOnce(store)) {
      store.emitOpError() << "expected no loop but over programs around it: it is into "
                          << argument();
      return failure();
    }
    if (store->getBlock() != last->getBlock()) {
      store.emitOpError() << "expected to be in one block with the others into "
                          << argument();
      return failure();
    }
    if (last->isBeforeInBlock(store))
      last = store;
  }
  for (StoreOp store : stores)
    if (!isOverwritten(store, last)) {
      store.emitOpError() << "expected the box, the count and the type of tile of the "
                             "last one into "
                          << argument();
      return failure();
    }
  return last;
}

/// A view that is read and stored.
static LogicalResult verifyInPlace(KernelOp kernel, BlockArgument view,
                                   ArrayRef<StoreOp> stores,
                                   ArrayRef<Operation *> readers) {
  FailureOr<StoreOp> last = verifyStores(kernel, view, stores);
  if (failed(last))
    return failure();
  for (Operation *reader : readers) {
    auto load = dyn_cast<LoadOp>(reader);
    if (!load)
      return reader->emitOpError()
             << "expected a view in place to be read by tile.load";
    if (failed(verifyRead(load, *last)))
      return failure();
  }
  return success();
}

LogicalResult fovea::tile::verifyReadsOfStored(KernelOp kernel) {
  for (BlockArgument view : kernel.getBody().getArguments()) {
    if (!isa<MemRefType>(view.getType()))
      continue;
    SmallVector<StoreOp> stores;
    SmallVector<Operation *> readers;
    for (Operation *user : view.getUsers())
      if (auto store = dyn_cast<StoreOp>(user))
        stores.push_back(store);
      else if (!isMemoryEffectFree(user) && (isInPlace(view) || !writesTo(user, view)))
        readers.push_back(user);
    if (isInPlace(view)) {
      if (failed(verifyInPlace(kernel, view, stores, readers)))
        return failure();
    } else if (writes(kernel, view.getArgNumber()) && !readers.empty()) {
      return readers.front()->emitOpError()
             << "expected a view that its kernel does not write, or that is `"
             << kInPlaceAttrName << "`, got argument " << view.getArgNumber();
    }
  }
  return success();
}

bool fovea::tile::writes(KernelOp kernel, unsigned argument) {
  Value view = kernel.getBody().getArgument(argument);
  return llvm::any_of(view.getUsers(),
                      [&](Operation *user) { return writesTo(user, view); });
}
