//===- Place.cpp - tile-place ---------------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Prepares a kernel so that each tile can lie in one way (repeated constants, explicit
// rounding of operands), lets the analysis decide, and writes the encodings.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/Transforms/Passes.h"

#include "Encodings.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SetVector.h"

namespace fovea::tile {
#define GEN_PASS_DEF_PLACEPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

/// Whether `op` makes a tile of nothing but scalars: cheap wherever it lies.
static bool isFree(Operation *op) {
  return op->getNumResults() == 1 && tileType(op->getResult(0)) &&
         (op->hasTrait<OpTrait::ConstantLike>() ||
          isa<PositionsOp, tensor::SplatOp>(op));
}

/// Each use of a free tile gets its own, so that users need not agree.
static void repeatFreeTiles(KernelOp kernel) {
  SmallVector<Operation *> free;
  kernel.walk([&](Operation *op) {
    if (isFree(op))
      free.push_back(op);
  });
  for (Operation *op : free)
    for (OpOperand &use : llvm::make_early_inc_range(op->getResult(0).getUses()))
      if (&use != &*op->getResult(0).use_begin()) {
        OpBuilder builder(op);
        use.set(builder.clone(*op)->getResult(0));
      }
}

/// Rounds a tile of f32 where `use` reads it. One that was only widened is not rounded
/// back.
static void round(OpOperand &use, Type wanted) {
  auto widened = use.get().getDefiningOp<arith::ExtFOp>();
  if (widened && tileType(widened.getIn()).getElementType() == wanted) {
    use.set(widened.getIn());
    if (widened->use_empty())
      widened->erase();
    return;
  }
  OpBuilder builder(use.getOwner());
  use.set(builder.createOrFold<arith::TruncFOp>(
      use.getOwner()->getLoc(), tileType(use.get()).clone(wanted), use.get()));
}

/// Rounds in both of its branches what `use` alone reads of an scf.if, where it does: a
/// branch that has nothing to round then does nothing.
static bool roundInBranches(OpOperand &use, Type wanted) {
  auto branch = use.get().getDefiningOp<scf::IfOp>();
  if (!branch || !use.get().hasOneUse())
    return false;
  unsigned number = cast<OpResult>(use.get()).getResultNumber();
  for (scf::YieldOp yield : {branch.thenYield(), branch.elseYield()})
    round(yield->getOpOperand(number), wanted);
  use.get().setType(tileType(use.get()).clone(wanted));
  return true;
}

/// Matrix instructions take operands of one 16-bit type.
static LogicalResult roundOperands(KernelOp kernel) {
  WalkResult result =
      kernel.walk(
          [&](DotOp dot) {
            Type wanted = tileType(dot.getRhs()).getElementType();
            if (!dot.getRhs().getDefiningOp<LoadOp>() ||
                !(wanted.isF16() || wanted.isBF16())) {
              dot.emitOpError()
                  << "expected a right-hand side of f16 or bf16 that is loaded, "
                     "for matrix instructions to read, got "
                  << dot.getRhs().getType();
              return WalkResult::interrupt();
            }
            auto load = dot.getRhs().getDefiningOp<LoadOp>();
            if (load.getStep() != 1 || load.getFrom() || load.getTransposed()) {
              dot.emitOpError()
                  << "expected a right-hand side loaded with step 1, as it is and "
                     "without `from`, for the copy engine to bring it, got step "
                  << load.getStep() << (load.getFrom() ? " and `from`" : "")
                  << (load.getTransposed() ? " and `transposed`" : "");
              return WalkResult::interrupt();
            }
            RankedTensorType lhs = tileType(dot.getLhs());
            if (lhs.getElementType() == wanted)
              return WalkResult::advance();
            if (!lhs.getElementType().isF32()) {
              dot.emitOpError()
                  << "expected both sides of one type, or the left one of f32, got "
                  << lhs << " and " << dot.getRhs().getType();
              return WalkResult::interrupt();
            }
            if (!roundInBranches(dot.getLhsMutable(), wanted))
              round(dot.getLhsMutable(), wanted);
            return WalkResult::advance();
          });
  return failure(result.wasInterrupted());
}

/// What a product takes is rounded for whoever else reads it, too.
static void roundReadOperands(KernelOp kernel) {
  kernel.walk([](AsOperandOp op) {
    OpBuilder builder(op);
    RankedTensorType type = tileType(op.getInput());
    Value narrow = arith::TruncFOp::create(builder, op.getLoc(),
                                           type.clone(op.getElement()), op.getInput());
    op.replaceAllUsesWith(
        arith::ExtFOp::create(builder, op.getLoc(), type, narrow).getResult());
    op.erase();
  });
}

/// A visit's token mask that nobody reads need not be as long as the tile.
static void shrinkUnusedMasks(KernelOp kernel) {
  kernel.walk([&](ForVisitsOp loop) {
    if (loop.getTokenMask().use_empty() && loop.visitsAllTokens())
      loop.getTokenMask().setType(
          RankedTensorType::get({1}, IntegerType::get(loop.getContext(), 1)));
  });
}

/// A visit's token mask is bits; where a token is one row, rows are read off it too.
static void repeatMasks(KernelOp kernel) {
  kernel.walk([](ForVisitsOp loop) {
    Value mask = loop.getTokenMask();
    auto readsRows = [](Operation *user) { return !isa<RepeatOp, AnyTokenOp>(user); };
    if (llvm::none_of(mask.getUsers(), readsRows))
      return;
    auto builder = OpBuilder::atBlockBegin(&loop.getBody().front());
    auto rows =
        RepeatOp::create(builder, loop.getLoc(), mask.getType(), mask, /*times=*/1);
    mask.replaceUsesWithIf(rows,
                           [&](OpOperand &use) { return readsRows(use.getOwner()); });
  });
}

/// Whether `tile` reaches scratch by a sum over the rows of a token.
static bool sumsRows(Value tile) {
  auto reduce = tile.getDefiningOp<ReduceOp>();
  return reduce && reduce.getGroup();
}

/// Scores reach a band sum through scratch, and a block_max of blocks that no lanes of
/// a fragment hold together: where a token is one row, by a sum of one.
static void sumSingleRows(KernelOp kernel) {
  auto sumInput = [](OpOperand &input) {
    if (sumsRows(input.get()))
      return;
    OpBuilder builder(input.getOwner());
    input.set(ReduceOp::create(builder, input.getOwner()->getLoc(),
                               input.get().getType(), ReduceKind::Add, input.get(),
                               /*axis=*/0, builder.getI64IntegerAttr(1)));
  };
  kernel.walk([&](BandSumOp band) { sumInput(band.getInputMutable()); });
  kernel.walk([&](BlockMaxOp blockMax) {
    if (!liesInFragment(blockMax.getKeys()))
      sumInput(blockMax.getInputMutable());
  });
}

static bool isElementwise(Operation *op) {
  return op->getNumResults() == 1 && OpTrait::hasElementwiseMappableTraits(op);
}

/// Whether all that is computed of `values`, of rank 1, is spread over the columns of
/// fragments, and computed with nothing that lies in lanes, as other loaded values do.
static bool isOfColumns(Value values) {
  llvm::SetVector<Value> alike;
  alike.insert(values);
  for (size_t i = 0; i < alike.size(); ++i) { // grows
    Operation *maker = alike[i].getDefiningOp();
    if (alike[i] != values) {
      if (!maker || !(isFree(maker) || isElementwise(maker)))
        return false;
      for (Value operand : maker->getOperands())
        if (tileType(operand))
          alike.insert(operand);
    }
    for (Operation *user : alike[i].getUsers()) {
      auto broadcast = dyn_cast<BroadcastOp>(user);
      if (broadcast ? broadcast.getAxis() != 0 : !isElementwise(user))
        return false;
      if (!broadcast)
        alike.insert(user->getResult(0));
    }
  }
  return !values.use_empty();
}

/// Whether `load` is of f32 that each visit reads anew for its columns, a box that
/// lanes can copy.
static bool isReadByVisits(LoadOp load) {
  RankedTensorType type = tileType(load.getTile());
  auto loop = dyn_cast<ForVisitsOp>(load->getParentOp());
  return loop && !loop.isSearched() && type.getRank() == 1 &&
         type.getElementType().isF32() && type.getDimSize(0) % 8 == 0 &&
         load.getStep() == 1 && !load.getFrom() && !load.getTransposed() &&
         !load.getFlat() && !load.isRepeated() && isOfColumns(load.getTile());
}

/// What a visit reads of its columns comes with its matrices, ahead of it, and is read
/// from shared memory where it is needed: a load in the visit itself is waited for.
static void readColumnsFromShared(KernelOp kernel) {
  kernel.walk([](LoadOp load) {
    if (!isReadByVisits(load))
      return;
    Value values = load.getTile();
    auto users = llvm::map_to_vector(values.getUsers(), [&](Operation *user) {
      return load->getBlock()->findAncestorOpInBlock(*user);
    });
    OpBuilder builder(*llvm::min_element(
        users, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); }));
    auto read = ReadOp::create(builder, load.getLoc(), values.getType(), values);
    values.replaceAllUsesExcept(read.getResult(), read);
  });
}

static void setEncoding(Value tile, Attribute encoding) {
  RankedTensorType type = tileType(tile);
  auto placed = RankedTensorType::get(type.getShape(), type.getElementType(), encoding);
  if (auto constant = tile.getDefiningOp<arith::ConstantOp>()) {
    auto value = cast<DenseElementsAttr>(constant.getValue());
    constant.setValueAttr(
        DenseElementsAttr::getFromRawBuffer(placed, value.getRawData()));
  }
  tile.setType(placed);
}

namespace {
struct PlacePass final : fovea::tile::impl::PlacePassBase<PlacePass> {
  using PlacePassBase::PlacePassBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (failed(verifyPhase(kernel, Phase::Logical)))
      return signalPassFailure();
    repeatFreeTiles(kernel);
    roundReadOperands(kernel);
    if (failed(roundOperands(kernel)))
      return signalPassFailure();
    shrinkUnusedMasks(kernel);
    repeatMasks(kernel);
    sumSingleRows(kernel);
    readColumnsFromShared(kernel);
    FailureOr<EncodingAnalysis> analysis = EncodingAnalysis::of(kernel);
    if (failed(analysis))
      return signalPassFailure();
    kernel.walk([&](Block *block) {
      for (Value argument : block->getArguments())
        if (Attribute encoding = analysis->lookup(argument))
          setEncoding(argument, encoding);
      for (Operation &op : *block)
        for (Value result : op.getResults())
          if (Attribute encoding = analysis->lookup(result))
            setEncoding(result, encoding);
    });
  }
};
} // namespace
