//===- PlaceWaits.cpp - tile-place-waits ----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/Products.h"
#include "fovea/Dialect/Tile/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace fovea::tile {
#define GEN_PASS_DEF_PLACEWAITSPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

/// Whether the product of `dot` may not run on past `op`, which stands behind it.
static bool endsProduct(DotOp dot, Operation &op) {
  bool uses = llvm::any_of(dot.getResult().getUsers(),
                           [&](Operation *user) { return op.isAncestor(user); });
  auto makesOperand = [](Operation *inner) {
    return llvm::any_of(inner->getResultTypes(), isRegisterOperand)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  };
  auto isProduct = [](Operation *inner) {
    return isa<DotOp, IssueDotOp, ClearRowsOp>(inner) ? WalkResult::interrupt()
                                                      : WalkResult::advance();
  };
  return uses || op.hasTrait<OpTrait::IsTerminator>() ||
         (op.getNumRegions() && op.walk(isProduct).wasInterrupted()) ||
         (isRegisterOperand(dot.getLhs().getType()) &&
          op.walk(makesOperand).wasInterrupted());
}

/// The last place at which to wait for the product of `dot`: before which operation.
static Operation *findLastPlace(DotOp dot) {
  for (Operation *op = dot->getNextNode(); op; op = op->getNextNode())
    if (endsProduct(dot, *op))
      return op;
  llvm_unreachable("a block ends with a terminator");
}

/// Products that are issued from `first` to before `last`, of one block.
static int64_t countProducts(Operation *first, Operation *last) {
  int64_t count = 0;
  for (Operation *op = first; op != last; op = op->getNextNode())
    count += isa<DotOp, IssueDotOp>(op);
  return count;
}

/// The f32 tile of which the next left-hand side in registers is made, behind `place`
/// in its block; null where none is, or where it is not there yet at `place`.
static Value findNextOperand(Operation *place) {
  for (Operation *op = place; op; op = op->getNextNode())
    if (auto round = dyn_cast<arith::TruncFOp>(op);
        round && isRegisterOperand(round.getType())) {
      Operation *maker = round.getIn().getDefiningOp();
      bool isThere = !maker || maker->getBlock() != place->getBlock() ||
                     maker->isBeforeInBlock(place);
      return isThere ? round.getIn() : Value();
    }
  return Value();
}

/// Releases of slots that `dot` reads, between it and `place`, move behind `place`.
static void delayReleases(DotOp dot, Operation *place) {
  auto reads = [&](ReleaseOp release) {
    return llvm::any_of(dot->getOperands(), [&](Value operand) {
      auto get = operand.getDefiningOp<GetOp>();
      return get && get.getRing() == release.getRing() &&
             get.getNumber() == release.getNumber();
    });
  };
  for (Operation *op = dot->getNextNode(); op != place;) {
    Operation *next = op->getNextNode();
    if (auto release = dyn_cast<ReleaseOp>(op); release && reads(release))
      op->moveBefore(place);
    op = next;
  }
}

/// Issues the product of `dot` and waits for it: at once, or as late as it may.
static void placeWait(DotOp dot, bool late) {
  auto tile = cast<RankedTensorType>(dot.getResult().getType());
  Operation *place = late ? findLastPlace(dot) : dot->getNextNode();
  int64_t newer = late ? countProducts(dot->getNextNode(), place) : 0;
  SmallVector<Value> through;
  if (late && isRegisterOperand(dot.getLhs().getType()))
    if (Value next = findNextOperand(place))
      through.push_back(next);
  OpBuilder builder(dot);
  Type pending = PendingType::get(builder.getContext(), tile);
  auto issue = IssueDotOp::create(builder, dot.getLoc(), pending, dot.getLhs(),
                                  dot.getRhs(), dot.getAcc(), dot.getTransposeRhs());
  builder.setInsertionPoint(place);
  auto wait = WaitOp::create(builder, dot.getLoc(), tile,
                             ValueRange(through).getTypes(), issue, through, newer);
  if (late)
    delayReleases(dot, place);
  for (auto [value, passed] : llvm::zip_equal(through, wait.getPassed()))
    value.replaceUsesWithIf(passed, [&](OpOperand &use) {
      Operation *user = wait->getBlock()->findAncestorOpInBlock(*use.getOwner());
      return user && user != wait && wait->isBeforeInBlock(user);
    });
  dot.replaceAllUsesWith(wait.getTile());
  dot.erase();
}

namespace {
struct PlaceWaits final : fovea::tile::impl::PlaceWaitsPassBase<PlaceWaits> {
  using PlaceWaitsPassBase::PlaceWaitsPassBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (failed(verifyPhase(kernel, Phase::Specialized)))
      return signalPassFailure();
    GpuAttr schedule = getGpuSchedule(kernel);
    bool late = schedule && schedule.getOverlap();
    SmallVector<DotOp> dots;
    kernel.walk([&](DotOp dot) { dots.push_back(dot); });
    for (DotOp dot : dots)
      placeWait(dot, late);
  }
};
} // namespace
