//===- PackWorkspace.h - Where intermediates lie ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Two intermediates whose lives meet share no byte; others may. Here c takes b's place:
//
//   bytes   launch 0   launch 1   launch 2
//   256..   aaaaaaaaaaaaaaaaaaa
//   0..     bbbbbbbb   ccccccccccccccccccc
//
// First fit in the order given: each takes the lowest offset at which it overlaps none
// of the earlier ones that live beside it. The answer follows from the sizes alone, so
// a query and a launch agree.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_PACKWORKSPACE_H
#define FOVEA_RUNTIME_LIB_PACKWORKSPACE_H

#include "Status.h"

#include <vector>

namespace fovea::rt {

constexpr int64_t workspaceAlignment = 256;

/// An intermediate of `bytes` bytes, needed from launch `first` to launch `last`.
struct WorkspaceItem {
  int64_t bytes = 0;
  uint32_t first = 0;
  uint32_t last = 0;
};

struct WorkspaceLayout {
  std::vector<int64_t> offsets; // multiples of workspaceAlignment, one per item
  int64_t bytes = 0;            // of all, a multiple of workspaceAlignment
};

/// Fails where the sum does not fit 64 bits. Sizes are at least 0.
Status packWorkspace(const std::vector<WorkspaceItem> &items, WorkspaceLayout &layout);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_PACKWORKSPACE_H
