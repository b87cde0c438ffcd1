//===- TileToSM90.cpp - convert-tile-to-sm90 ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/Passes.h"

#include "KernelEmitter.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Target/GPU/GpuTargetInfo.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace fovea {
#define GEN_PASS_DEF_CONVERTTILETOSM90PASS
#include "fovea/Conversion/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

namespace {
struct ConvertTileToSM90 final
    : fovea::impl::ConvertTileToSM90PassBase<ConvertTileToSM90> {
  using ConvertTileToSM90PassBase::ConvertTileToSM90PassBase;

  void runOnOperation() override {
    llvm::Expected<const GpuTargetInfo *> info = lookupGpuTarget(target);
    if (!info) {
      getOperation().emitError() << llvm::toString(info.takeError());
      return signalPassFailure();
    }
    for (auto kernel : getOperation().getOps<tile::KernelOp>())
      if (failed(verifyPhase(kernel, tile::Phase::WaitsPlaced)))
        return signalPassFailure();
    for (auto kernel : llvm::to_vector(getOperation().getOps<tile::KernelOp>())) {
      OpBuilder builder(kernel);
      if (failed(tile_to_sm90::KernelEmitter(kernel, **info, builder).emit()))
        return signalPassFailure();
      kernel.erase();
    }
  }
};
} // namespace
