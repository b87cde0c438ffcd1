//===- LaunchOrder.h - Which launches wait for which ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Launches of an entry are in one order, but many need not wait for the one before: the
// gradients of queries and of keys read the same and write each their own. Kernels hold
// a multiprocessor each, and end one after the other: what runs beside them takes the
// multiprocessors that have nothing left to do.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_LAUNCHORDER_H
#define FOVEA_RUNTIME_LIB_LAUNCHORDER_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fovea::rt {

/// Memory that a launch comes by: an argument, or bytes `begin` to `end` of the
/// workspace.
struct MemoryUse {
  static constexpr uint32_t workspace = UINT32_MAX;
  uint32_t argument = workspace;
  int64_t begin = 0, end = 0;
  bool isWritten = false;

  /// Whether the one must not run beside the other.
  bool conflicts(const MemoryUse &other) const {
    bool overlaps = argument == other.argument &&
                    (argument != workspace || (begin < other.end && other.begin < end));
    return overlaps && (isWritten || other.isWritten);
  }
};

/// For each launch the earlier ones that it waits for, descending: all those that it
/// conflicts with have ended when these have, and none of these waits for another.
std::vector<std::vector<uint32_t>>
orderLaunches(const std::vector<std::vector<MemoryUse>> &launches);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_LAUNCHORDER_H
