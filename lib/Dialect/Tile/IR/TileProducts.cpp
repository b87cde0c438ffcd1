//===- TileProducts.cpp - verifiers of asynchronous products --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Placement.h"
#include "fovea/Dialect/Tile/IR/Products.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Dialect/Tile/IR/TileType.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace fovea::tile;

WaitOp IssueDotOp::getWait() {
  for (Operation *user : getPending().getUsers())
    if (auto wait = dyn_cast<WaitOp>(user))
      return wait;
  return WaitOp();
}

bool fovea::tile::isRegisterOperand(Type type) {
  auto tile = dyn_cast<RankedTensorType>(type);
  return tile && isa_and_nonnull<FragmentAttr>(tile.getEncoding()) &&
         tile.getElementType().isIntOrFloat() && tile.getElementTypeBitWidth() == 16;
}

/// issue_dot_c5: what stands between `issue` and `wait`, nested operations too.
static LogicalResult verifyRegistersRest(IssueDotOp issue, WaitOp wait) {
  if (!isRegisterOperand(issue.getLhs().getType()))
    return success();
  for (Operation *op = issue->getNextNode(); op != wait; op = op->getNextNode()) {
    WalkResult result = op->walk([&](Operation *inner) {
      if (llvm::none_of(inner->getResultTypes(), isRegisterOperand))
        return WalkResult::advance();
      InFlightDiagnostic diagnostic = inner->emitOpError();
      diagnostic
          << "expected a fragment of 16-bit elements to be made after the wait of "
             "a product that reads one from registers";
      diagnostic.attachNote(issue.getLoc()) << "issued here";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return failure();
  }
  return success();
}

LogicalResult IssueDotOp::verify() {
  RankedTensorType lhs = tileType(getLhs()), rhs = tileType(getRhs()),
                   acc = tileType(getAcc());
  int64_t inner = rhs.getDimSize(getTransposeRhs() ? 1 : 0);
  int64_t columns = rhs.getDimSize(getTransposeRhs() ? 0 : 1);
  if (lhs.getDimSize(1) != inner || acc.getDimSize(0) != lhs.getDimSize(0) ||
      acc.getDimSize(1) != columns) // issue_dot_c1
    return emitOpError() << "expected dims that agree, got " << lhs << ", " << rhs
                         << " and " << acc;
  if (!isa_and_nonnull<SharedAttr>(rhs.getEncoding()) ||
      !isa_and_nonnull<FragmentAttr>(acc.getEncoding()) ||
      !isa_and_nonnull<SharedAttr, FragmentAttr>(lhs.getEncoding()) ||
      lhs.getElementType() != rhs.getElementType()) // issue_dot_c2
    return emitOpError() << "expected rhs in shared memory, acc in a fragment, and lhs "
                            "of rhs' type in either, got "
                         << lhs << ", " << rhs << " and " << acc;
  int64_t waits = llvm::count_if(getPending().getUsers(),
                                 [](Operation *user) { return isa<WaitOp>(user); });
  int64_t others = getPending().getNumUses() - waits;
  if (waits != 1 || others) // issue_dot_c3
    return emitOpError() << "expected one tile.wait and no other use, got " << waits
                         << " and " << others;
  WaitOp wait = getWait();
  if (wait->getBlock() != (*this)->getBlock()) // issue_dot_c4
    return emitOpError() << "expected its tile.wait in its block";
  return verifyRegistersRest(*this, wait);
}

LogicalResult WaitOp::verify() {
  for (Value tile : getThrough()) {
    RankedTensorType type = tileType(tile);
    if (!isa_and_nonnull<FragmentAttr>(type.getEncoding()) ||
        !type.getElementType().isF32()) // wait_c3
      return emitOpError() << "expected to take a fragment of f32 through, got "
                           << type;
  }
  auto issue = getPending().getDefiningOp<IssueDotOp>();
  if (!issue)
    return emitOpError() << "expected the result of a tile.issue_dot";
  if (issue->getBlock() != (*this)->getBlock())
    return success(); // issue_dot_c4 says more
  int64_t newer = 0;
  for (Operation *op = issue->getNextNode(); op && op != *this; op = op->getNextNode())
    newer += isa<IssueDotOp>(op);
  if (int64_t(getNewer()) > newer) // wait_c2
    return emitOpError() << "expected at most as many newer products as were issued "
                            "after its own, "
                         << newer << ", got " << getNewer();
  return success();
}

static bool isTurn(Operation &op) { return isa<AwaitTurnOp, PassTurnOp>(op); }

/// Whether warpgroups may take `op`'s region differently: some of them, or another
/// number of times.
static bool isTakenDifferently(Operation *op) {
  if (auto visits = dyn_cast<ForVisitsOp>(op))
    return visits.isSearched();
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return isa_and_nonnull<AnyTokenOp, TakeOp>(branch.getCondition().getDefiningOp());
  return isa<scf::WhileOp>(op);
}

/// turn_c2, turn_c3
static LogicalResult verifyTurn(Operation *turn) {
  constexpr int64_t kMostGroups = 7;
  Operation *op = turn;
  while (Operation *parent = op->getParentOp()) {
    if (isTakenDifferently(parent))
      return turn->emitOpError() << "expected no loop or branch around it that "
                                    "warpgroups take differently";
    auto roles = dyn_cast<SpecializeOp>(parent);
    int64_t warps = roles ? roles.getWarps() : 0;
    if (roles && op->getParentRegion() == &roles.getProducer())
      return turn->emitOpError() << "expected to be the consumers'";
    if (warps % kWarpsPerGroup != 0 || warps > kMostGroups * kWarpsPerGroup)
      return turn->emitOpError() << "expected consumers of whole warpgroups, at most "
                                 << kMostGroups << ", got " << warps << " warps";
    op = parent;
  }
  return success();
}

LogicalResult AwaitTurnOp::verify() {
  auto behind =
      llvm::make_range(std::next((*this)->getIterator()), (*this)->getBlock()->end());
  auto next = llvm::find_if(behind, isTurn);
  if (next == behind.end() || !isa<PassTurnOp>(*next)) // turn_c1
    return emitOpError() << "expected a tile.pass_turn behind it in its block";
  return verifyTurn(*this);
}

LogicalResult PassTurnOp::verify() {
  auto before = llvm::reverse(
      llvm::make_range((*this)->getBlock()->begin(), (*this)->getIterator()));
  auto last = llvm::find_if(before, isTurn);
  if (last == before.end() || !isa<AwaitTurnOp>(*last)) // turn_c1
    return emitOpError() << "expected a tile.await_turn before it in its block";
  return success();
}

LogicalResult ClearRowsOp::verify() {
  if (!isa_and_nonnull<SharedAttr>(tileType(getTile()).getEncoding())) // clear_rows_c1
    return emitOpError() << "expected a tile in shared memory, got "
                         << getTile().getType();
  for (Operation *user : getTile().getUsers()) {
    auto issue = dyn_cast<IssueDotOp>(user);
    WaitOp wait = issue ? issue.getWait() : WaitOp();
    if (!wait || wait->getBlock() != issue->getBlock())
      continue; // issue_dot_c3 and issue_dot_c4 say more
    Operation *place = issue->getBlock()->findAncestorOpInBlock(**this);
    if (place && issue->isBeforeInBlock(place) && place->isBeforeInBlock(wait)) {
      // clear_rows_c2
      InFlightDiagnostic diagnostic = emitOpError();
      diagnostic << "expected no product that reads the tile to run";
      diagnostic.attachNote(issue.getLoc()) << "issued here";
      return diagnostic;
    }
  }
  return success();
}
