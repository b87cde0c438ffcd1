//===- CopyEmitter.cpp - how tiles get into rings -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CopyEmitter.h"

#include "fovea/Hardware/GpuTargetInfo.h"

using namespace mlir;
using namespace fovea::tile;

namespace fovea::tile_to_simt {

CopyEmitter::~CopyEmitter() = default;

std::unique_ptr<CopyEmitter> CopyEmitter::create(KernelFrame &frame) {
  return frame.target.hasTma ? createTmaCopies(frame) : createLaneCopies(frame);
}

SlotShape::SlotShape(PutOp op) {
  RankedTensorType slot = cast<RingType>(op.getRing().getType()).getSlot();
  int64_t elementBytes = slot.getElementType().getIntOrFloatBitWidth() / 8;
  swizzle = cast<SharedAttr>(slot.getEncoding()).getSwizzle();
  rows = slot.getDimSize(0);
  chunkColumns = swizzle / elementBytes;
  chunks = slot.getDimSize(1) / chunkColumns;
}

} // namespace fovea::tile_to_simt
