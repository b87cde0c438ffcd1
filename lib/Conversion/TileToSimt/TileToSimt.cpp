//===- TileToSimt.cpp - convert-tile-to-simt ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Conversion/Passes.h"

#include "KernelEmitter.h"
#include "fovea/Dialect/Tile/IR/Phase.h"
#include "fovea/Hardware/GpuTargetInfo.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace fovea {
#define GEN_PASS_DEF_CONVERTTILETOSIMTPASS
#include "fovea/Conversion/Passes.h.inc"
} // namespace fovea

using namespace mlir;
using namespace fovea;

namespace {
struct ConvertTileToSimt final
    : fovea::impl::ConvertTileToSimtPassBase<ConvertTileToSimt> {
  using ConvertTileToSimtPassBase::ConvertTileToSimtPassBase;

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
      if (failed(tile_to_simt::KernelEmitter(kernel, **info, builder).emit()))
        return signalPassFailure();
      kernel.erase();
    }
  }
};
} // namespace
