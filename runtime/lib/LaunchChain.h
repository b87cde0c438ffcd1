//===- LaunchChain.h - Kernels that a stream takes as one graph -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A launch costs the host 3 to 4 us, whatever its parameters. A graph of kernels costs
// 1 to 2 us to launch, and .2 to 1.2 us per kernel whose parameters are replaced before
// (an H200, driver 580; docs/runtime.md), so that a graph of one kernel is cheaper too.
// What an entry launches is kept as such a graph for each stream, and every call
// replaces all parameters.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_LAUNCHCHAIN_H
#define FOVEA_RUNTIME_LIB_LAUNCHCHAIN_H

#include "Driver.h"

#include <mutex>
#include <vector>

namespace fovea::rt {

/// A kernel with all that its launch takes.
struct KernelLaunch {
  CudaFunction function = nullptr;
  unsigned blocks = 0, threads = 0, sharedBytes = 0;
  void **params = nullptr;
  /// The earlier ones of the call that it waits for, by their numbers.
  const std::vector<uint32_t> *after = nullptr;
};

/// The graphs of one context that were used last. Its functions are thread-safe.
class LaunchChains {
public:
  LaunchChains() = default;
  LaunchChains(const LaunchChains &) = delete;
  LaunchChains &operator=(const LaunchChains &) = delete;

  /// Launches one or more kernels on `stream`, which is not captured: number `first` of
  /// a call and those that follow it. What is before them is on the stream already. The
  /// graph is `owner`'s, whose kernels are the same ones in most calls. False where
  /// that cannot be, and nothing was launched: the driver lacks a function, or the
  /// stream is a green context's, whose part of the device a graph would not keep to.
  bool launch(const Driver &driver, const void *owner,
              const std::vector<KernelLaunch> &launches, uint32_t first, void *stream,
              Status &status);

  /// Frees all; their context is current.
  void destroy(const Driver &driver);

private:
  /// Which nodes each node waits for.
  using Order = std::vector<std::vector<uint32_t>>;
  struct Chain {
    const void *owner = nullptr;
    unsigned long long stream = 0; // its id, which no other stream ever has
    CudaGraph graph = nullptr;
    CudaGraphExec executable = nullptr; // null where there can be none
    std::vector<CudaGraphNode> nodes;
    Order order;
  };

  Chain &find(const Driver &driver, const void *owner, unsigned long long id,
              const std::vector<KernelLaunch> &launches, uint32_t first, void *stream);
  static bool make(const Driver &driver, const std::vector<KernelLaunch> &launches,
                   uint32_t first, void *stream, Chain &chain);
  static void free(const Driver &driver, Chain &chain);

  std::mutex mutex;
  std::vector<Chain> chains; // the last used one first
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_LAUNCHCHAIN_H
