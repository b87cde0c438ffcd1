//===- FillBranches.cpp - tile-fill-branches ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A branch around the element mask of a visit's weights cuts what is before it from
// what is behind it: exponentials, of which a unit takes one every eight cycles, from
// the additions that could fill these cycles. Either branch gets all of it, and most
// visits run the one without a mask in one piece.
//
// What both branches begin with alike LLVM would take out of them again. So the masked
// one hides exponents, not weights: 2^-inf is 0.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/Transforms/Passes.h"

#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

#include <limits>

namespace fovea::tile {
#define GEN_PASS_DEF_FILLBRANCHESPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

namespace {
/// A branch, what only it reads, and what only reads it.
struct Filling {
  scf::IfOp branch;
  math::Exp2Op weights;             ///< to be computed in either branch
  SmallVector<Operation *> readers; ///< and made of its result: the last one a sum
};
} // namespace

/// The weights that the branches of `branch` choose from, where nothing else reads
/// them.
static math::Exp2Op findWeights(scf::IfOp branch) {
  auto op = branch.elseYield().getOperand(0).getDefiningOp<math::Exp2Op>();
  auto isInside = [&](Operation *user) { return branch->isProperAncestor(user); };
  bool isOwn = op && op->getBlock() == branch->getBlock() &&
               llvm::all_of(op->getUsers(), isInside);
  return isOwn ? op : math::Exp2Op();
}

/// Whether `op` chooses between `weights` and zeros.
static bool hides(Operation &op, math::Exp2Op weights) {
  auto choice = dyn_cast<arith::SelectOp>(op);
  return choice && choice.getTrueValue() == weights &&
         matchPattern(choice.getFalseValue(), m_AnyZeroFloat());
}

/// Whether `op` can be written in front of `branch`: that all it takes is there, but
/// for `known`.
static bool takesOnly(Operation *op, Value known, scf::IfOp branch) {
  return llvm::all_of(op->getOperands(), [&](Value operand) {
    Operation *maker = operand.getDefiningOp();
    return operand == known || !maker || maker->getBlock() != branch->getBlock() ||
           maker->isBeforeInBlock(branch);
  });
}

/// What is to be moved for `sum`, a sum over rows.
static std::optional<Filling> findFilling(ReduceOp sum) {
  Filling filling;
  Operation *op = sum;
  for (;;) {
    filling.readers.insert(filling.readers.begin(), op);
    // The last operand, so that a choice between the branches' values and zeros is one
    // of them.
    Value from;
    for (Value operand : op->getOperands())
      if (Operation *maker = operand.getDefiningOp();
          maker && maker->getBlock() == sum->getBlock() && operand.hasOneUse() &&
          isa<scf::IfOp, arith::SelectOp>(maker))
        from = operand;
    if (!from)
      return std::nullopt;
    op = from.getDefiningOp();
    if (auto branch = dyn_cast<scf::IfOp>(op)) {
      filling.branch = branch;
      break;
    }
  }
  if (filling.branch.getNumResults() != 1)
    return std::nullopt;
  filling.weights = findWeights(filling.branch);
  Value known = filling.branch.getResult(0);
  for (Operation *reader : filling.readers) {
    if (!takesOnly(reader, known, filling.branch))
      return std::nullopt;
    known = reader->getResult(0);
  }
  auto readsWeights = [&](Operation *user) {
    return hides(*user, filling.weights) || isa<scf::YieldOp>(user);
  };
  if (!filling.weights || !llvm::all_of(filling.weights->getUsers(), readsWeights) ||
      filling.branch.thenYield().getOperand(0) == filling.weights)
    return std::nullopt;
  return filling;
}

/// The weights of `exponents` where `choice` takes them, else 0.
static Value hideExponents(OpBuilder &b, arith::SelectOp choice, const IRMapping &map,
                           Value exponents) {
  Location loc = choice.getLoc();
  auto type = tileType(exponents);
  double infinity = std::numeric_limits<double>::infinity();
  Value hidden = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, b.getF32FloatAttr(-infinity)));
  Value visible = map.lookupOrDefault(choice.getCondition());
  Value shown = arith::SelectOp::create(b, loc, visible, exponents, hidden);
  return math::Exp2Op::create(b, loc, shown);
}

/// A branch in place of the old one, whose regions do all of it.
static void fill(Filling filling) {
  scf::IfOp branch = filling.branch;
  Operation *sum = filling.readers.back();
  OpBuilder b(branch);
  auto filled = scf::IfOp::create(b, branch.getLoc(), sum->getResultTypes(),
                                  branch.getCondition(), /*withElseRegion=*/true);
  for (auto [from, to] : llvm::zip_equal(branch->getRegions(), filled->getRegions())) {
    IRMapping map;
    b.setInsertionPointToStart(&to.front());
    if (&from == &branch.getElseRegion())
      b.clone(*filling.weights, map);
    for (Operation &op : from.front().without_terminator())
      if (hides(op, filling.weights))
        map.map(op.getResult(0), hideExponents(b, cast<arith::SelectOp>(op), map,
                                               filling.weights.getOperand()));
      else
        b.clone(op, map);
    Value yielded = from.front().getTerminator()->getOperand(0);
    map.map(branch.getResult(0), map.lookupOrDefault(yielded));
    for (Operation *reader : filling.readers)
      b.clone(*reader, map);
    scf::YieldOp::create(b, sum->getLoc(), map.lookup(sum->getResult(0)));
  }
  sum->replaceAllUsesWith(filled);
  for (Operation *reader : llvm::reverse(filling.readers))
    reader->erase();
  branch.erase();
  filling.weights->erase();
}

namespace {
struct FillBranches final : fovea::tile::impl::FillBranchesPassBase<FillBranches> {
  using FillBranchesPassBase::FillBranchesPassBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (failed(verifyPhase(kernel, Phase::Placed)))
      return signalPassFailure();
    SmallVector<ReduceOp> sums;
    kernel.walk([&](ReduceOp op) {
      if (op.getGroup())
        sums.push_back(op);
    });
    for (ReduceOp sum : sums)
      if (std::optional<Filling> filling = findFilling(sum))
        fill(*filling);
  }
};
} // namespace
