//===- ProductEmitter.cpp - how products are computed ---------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "ProductEmitter.h"

#include "fovea/Hardware/GpuTargetInfo.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

ProductEmitter::~ProductEmitter() = default;

std::unique_ptr<ProductEmitter> ProductEmitter::create(KernelFrame &frame) {
  GpuAttr schedule = getGpuSchedule(frame.kernel);
  bool byWarp = schedule && schedule.getProducts() == Products::Warp;
  bool byGroup =
      frame.target.hasWgmma && frame.consumerWarps() % kWarpsPerGroup == 0 && !byWarp;
  return byGroup ? createWgmmaProducts(frame) : createMmaProducts(frame);
}

} // namespace fovea::tile_to_simt
