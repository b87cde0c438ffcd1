//===- PlaceWaits.cpp - tile-place-waits ----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/Transforms/Passes.h"

namespace fovea::tile {
#define GEN_PASS_DEF_PLACEWAITSPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

namespace {
struct PlaceWaits final : fovea::tile::impl::PlaceWaitsPassBase<PlaceWaits> {
  using PlaceWaitsPassBase::PlaceWaitsPassBase;

  void runOnOperation() override {
    if (failed(verifyPhase(getOperation(), Phase::Specialized)))
      return signalPassFailure();
    getOperation().walk([](DotOp dot) {
      OpBuilder builder(dot);
      auto tile = cast<RankedTensorType>(dot.getResult().getType());
      Type pending = PendingType::get(builder.getContext(), tile);
      auto issue =
          IssueDotOp::create(builder, dot.getLoc(), pending, dot.getLhs(), dot.getRhs(),
                             dot.getAcc(), dot.getTransposeRhs());
      auto wait = WaitOp::create(builder, dot.getLoc(), tile, issue, /*newer=*/0);
      dot.replaceAllUsesWith(wait.getTile());
      dot.erase();
    });
  }
};
} // namespace
