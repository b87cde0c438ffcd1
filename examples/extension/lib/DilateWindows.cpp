//===- DilateWindows.cpp - a pass over specs ------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Tries a sparser pattern on specs as they are: the same number of keys, from further
// back.
//
//===----------------------------------------------------------------------===//

#include "Passes.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace example {
#define GEN_PASS_DEF_DILATEWINDOWSPASS
#include "Passes.h.inc"
} // namespace example

using namespace fovea::attn;

namespace {
struct DilateWindowsPass final
    : example::impl::DilateWindowsPassBase<DilateWindowsPass> {
  using DilateWindowsPassBase::DilateWindowsPassBase;

  void runOnOperation() final {
    getOperation()->walk([&](BranchOp branch) {
      auto window = mlir::dyn_cast<WindowAttr>(branch.getKeys());
      if (!window)
        return;
      int64_t distance = step;
      auto dilated = example::DilatedAttr::getChecked(
          [&] { return branch.emitError(); }, &getContext(),
          window.getSize() * distance, distance);
      if (!dilated)
        return signalPassFailure();
      branch.setKeysAttr(dilated);
    });
  }
};
} // namespace
