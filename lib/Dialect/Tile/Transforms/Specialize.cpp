//===- Specialize.cpp - tile-specialize -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Tile/Transforms/Passes.h"

#include "RoleWriter.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Dialect/Tile/IR/Placement.h"

namespace fovea::tile {
#define GEN_PASS_DEF_SPECIALIZEPASS
#include "fovea/Dialect/Tile/Transforms/Passes.h.inc"
} // namespace fovea::tile

using namespace mlir;
using namespace fovea::tile;

/// The warps that hold the kernel's tiles, or that read its lists; 0 where there are
/// none.
static int64_t findWarps(KernelOp kernel) {
  int64_t warps = 0;
  kernel.walk([&](Operation *op) {
    if (auto inversion = dyn_cast<InvertListsOp>(op))
      warps = getListWarps(inversion.getTokens());
    for (Type type : op->getResultTypes())
      if (auto tensor = dyn_cast<RankedTensorType>(type)) {
        if (auto fragment = dyn_cast_or_null<FragmentAttr>(tensor.getEncoding()))
          warps = fragment.getWarps();
        else if (auto lanes = dyn_cast_or_null<LanesAttr>(tensor.getEncoding()))
          warps = lanes.getWarps();
      }
  });
  return warps;
}

/// A nested load into shared memory of a listed visit would need the skip to nest too.
static LogicalResult verifyListedVisits(KernelOp kernel) {
  WalkResult result =
      kernel.walk(
          [](ForVisitsOp loop) {
            if (!loop.isSearched())
              return WalkResult::advance();
            for (Operation &op : loop.getBody().front())
              if (op.getNumRegions() && touchesRings(&op)) {
                op.emitOpError()
                    << "expected loads of a listed visit outside of nested control "
                       "flow";
                return WalkResult::interrupt();
              }
            return WalkResult::advance();
          });
  return failure(result.wasInterrupted());
}

/// What the producer copied and does not need.
static void eraseDeadOps(Region &region) {
  SmallVector<Operation *> ops;
  region.walk([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : llvm::reverse(ops)) // users come after what they use
    if (isOpTriviallyDead(op))
      op->erase();
}

namespace {
struct Specialize final : fovea::tile::impl::SpecializePassBase<Specialize> {
  using SpecializePassBase::SpecializePassBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    if (failed(verifyPhase(kernel, Phase::Placed)))
      return signalPassFailure();
    GpuAttr schedule = getGpuSchedule(kernel);
    int64_t warps = findWarps(kernel);
    if (!warps) {
      kernel.emitOpError() << "expected placed tiles: run tile-place first";
      return signalPassFailure();
    }
    if (!schedule && touchesRings(kernel)) {
      kernel.emitOpError() << "expected a tile.schedule with a part for a GPU, which "
                              "says how many tiles are in flight, got none: run "
                              "attn-choose-schedules for a GPU";
      return signalPassFailure();
    }
    // Without a schedule, as a kernel that fills rows with zeros, all programs are
    // alike.
    ProgramOrder programs =
        schedule ? schedule.getPrograms() : ProgramOrder::LastTileFirst;
    if (failed(verifyListedVisits(kernel)))
      return signalPassFailure();

    Region source;
    source.takeBody(kernel.getBody());
    ImplicitLocOpBuilder b(kernel.getLoc(), &getContext());
    ValueRange arguments = source.getArguments();
    Block *body =
        b.createBlock(&kernel.getBody(), {}, arguments.getTypes(),
                      SmallVector<Location>(arguments.size(), kernel.getLoc()));
    RingPlan plan;
    plan.build(source, schedule, b);
    auto roles = SpecializeOp::create(b, warps);
    ReturnOp::create(b);
    for (auto [role, region] : {std::pair(Role::Producer, &roles.getProducer()),
                                std::pair(Role::Consumer, &roles.getConsumers())}) {
      b.createBlock(region);
      if (role == Role::Producer && plan.rings().empty())
        continue;
      RoleWriter writer(role, plan, b);
      if (failed(writer.write(source, body->getArguments(), programs)))
        return signalPassFailure();
      eraseDeadOps(*region);
    }
  }
};
} // namespace
