//===- LoadedKernels.h - A bundle's kernels, per CUDA context ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A cubin (or what a driver made of its PTX) is loaded into a context, and a function
// belongs to it. A bundle therefore keeps one set of functions for each context that it
// was used in. Contexts are told apart by the driver's id: an address may be another
// context's later.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_LOADEDKERNELS_H
#define FOVEA_RUNTIME_LIB_LOADEDKERNELS_H

#include "LaunchChain.h"
#include "MemoryPlaces.h"
#include "Program.h"

#include <atomic>
#include <memory>
#include <string_view>

namespace fovea::rt {

struct LoadedKernel {
  CudaFunction function = nullptr;
  int64_t maxBlocks = 0; // that are resident on the device at one time
};

/// The kernels in one context, numbered as in the program.
struct LoadedKernels {
  CudaContext context = nullptr;
  unsigned long long contextId = 0;
  CudaDevice device = 0;
  MemoryPlaces places;
  /// Whether a graph was captured that holds any of them. It may be launched at any
  /// time, so they stay loaded then.
  std::atomic<bool> inGraph = false;
  std::vector<CudaModule> modules;
  std::vector<LoadedKernel> kernels;
  LaunchChains chains;
};

/// The kernels of one bundle in all contexts. Its functions are thread-safe.
class KernelCache {
public:
  KernelCache() = default;
  KernelCache(const KernelCache &) = delete;
  KernelCache &operator=(const KernelCache &) = delete;
  /// Unloads everything that is in no graph, from contexts that still exist.
  ~KernelCache();

  /// The kernels in `context`, which is current, loaded where they are not yet. The
  /// result lives as long as the cache. `bytes` is the bundle's file.
  Status get(const Driver &driver, CudaContext context, const Program &program,
             std::string_view bytes, LoadedKernels *&kernels);

  /// Device 0's primary context, retained until the cache goes.
  Status getPrimaryContext(const Driver &driver, CudaContext &context);

private:
  std::mutex mutex;
  const Driver *driver = nullptr; // once anything is held
  CudaContext primaryContext = nullptr;
  CudaDevice primaryDevice = 0;
  std::vector<std::unique_ptr<LoadedKernels>> contexts;
};

/// While it lives, the thread has a current context: its own or a cache's primary one
/// where it had none, or a given one.
class CurrentContext {
public:
  explicit CurrentContext(const Driver &driver) : driver(driver) {}
  CurrentContext(const CurrentContext &) = delete;
  CurrentContext &operator=(const CurrentContext &) = delete;
  ~CurrentContext();

  Status enter(KernelCache &cache);
  /// Makes `context` current, whatever was.
  Status enter(CudaContext context);
  /// The context that was entered.
  CudaContext get() const { return context; }

private:
  const Driver &driver;
  CudaContext context = nullptr;
  bool pushed = false;
};

/// While it lives, the thread may allocate, free and unload beside another thread's
/// capture, which the driver would break for it otherwise. None of that touches what is
/// captured.
class RelaxedCapture {
public:
  explicit RelaxedCapture(const Driver &driver) : driver(driver) {
    driver.cuThreadExchangeStreamCaptureMode(&mode);
  }
  RelaxedCapture(const RelaxedCapture &) = delete;
  RelaxedCapture &operator=(const RelaxedCapture &) = delete;
  ~RelaxedCapture() { driver.cuThreadExchangeStreamCaptureMode(&mode); }

private:
  const Driver &driver;
  int mode = captureModeRelaxed; // then the one before
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_LOADEDKERNELS_H
