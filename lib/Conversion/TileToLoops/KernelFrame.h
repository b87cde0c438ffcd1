//===- KernelFrame.h - what is known before the loops -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELFRAME_H
#define FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELFRAME_H

#include "BufferPlan.h"

namespace fovea::tile_to_loops {

/// What the loops are made for.
struct LoopTarget {
  int64_t vectorBits;
  int64_t vectorRegisters;
  int64_t maxStackBytes;   ///< of scratch on a thread's stack
  int64_t maxScratchBytes; ///< of scratch that a kernel may have at all

  /// Largest power of two that divides `size` and fits a register of 32-bit elements.
  int64_t widthFor(int64_t size) const {
    int64_t width = vectorBits / 32;
    while (size % width != 0)
      width /= 2;
    return width;
  }
};

/// A kernel before its loops are written: how its tiles lie, which elementwise
/// operations are one loop nest (they are moved next to each other in the kernel), and
/// which tiles share scratch. Each part is made from those before it, all in one step,
/// and none changes while loops are written.
struct KernelFrame {
  KernelFrame(tile::KernelOp kernel, const LoopTarget &target)
      : target(target), layouts(kernel), fusion(kernel, layouts),
        plan(kernel, layouts, fusion) {}
  KernelFrame(const KernelFrame &) = delete; // the parts refer to each other
  KernelFrame &operator=(const KernelFrame &) = delete;

  const LoopTarget target;
  const Layouts layouts;
  const Fusion fusion;
  const BufferPlan plan;
};

} // namespace fovea::tile_to_loops

#endif // FOVEA_LIB_CONVERSION_TILETOLOOPS_KERNELFRAME_H
