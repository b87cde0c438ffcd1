//===- LoadedKernels.cpp - A bundle's kernels, per CUDA context -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LoadedKernels.h"

using namespace fovea::rt;

/// Fails where cubins for `target` do not run on a device of that compute capability:
/// they run on newer minor versions of their own major one, if not bound to one.
static Status checkTarget(const Target &target, int major, int minor) {
  int wantedMajor = target.smVersion / 10, wantedMinor = target.smVersion % 10;
  if (major == wantedMajor &&
      (target.exact ? minor == wantedMinor : minor >= wantedMinor))
    return {};
  return {FOVEA_UNSUPPORTED,
          format("expected a device of compute capability %d.%d%s for target %s, got "
                 "%d.%d",
                 wantedMajor, wantedMinor, target.exact ? "" : " or a later minor one",
                 target.name.c_str(), major, minor)};
}

/// Asks the current context's device, and fails where it is not the target.
static Status getMultiprocessors(const Driver &driver, const Target &target,
                                 int &count) {
  CudaDevice device = 0;
  Status status = driver.check(driver.cuCtxGetDevice(&device), "cuCtxGetDevice");
  auto query = [&](int attribute) {
    int value = 0;
    if (!status.failed())
      status = driver.check(driver.cuDeviceGetAttribute(&value, attribute, device),
                            "cuDeviceGetAttribute");
    return value;
  };
  int major = query(capabilityMajorAttribute), minor = query(capabilityMinorAttribute);
  count = query(multiprocessorCountAttribute);
  return status.failed() ? status : checkTarget(target, major, minor);
}

static Status loadKernel(const Driver &driver, const Kernel &kernel, CudaModule module,
                         int multiprocessors, LoadedKernel &loaded) {
  Status status = driver.check(
      driver.cuModuleGetFunction(&loaded.function, module, kernel.symbol.c_str()),
      "cuModuleGetFunction");
  if (!status.failed() && kernel.sharedBytes != 0)
    status = driver.check(
        driver.cuFuncSetAttribute(loaded.function, maxDynamicSharedBytesAttribute,
                                  static_cast<int>(kernel.sharedBytes)),
        "cuFuncSetAttribute");
  int resident = 0;
  if (!status.failed())
    status = driver.check(driver.cuOccupancyMaxActiveBlocksPerMultiprocessor(
                              &resident, loaded.function,
                              static_cast<int>(kernel.threads), kernel.sharedBytes),
                          "cuOccupancyMaxActiveBlocksPerMultiprocessor");
  if (!status.failed() && resident < 1)
    status = {
        FOVEA_UNSUPPORTED,
        format("expected a block of %u threads and %u bytes of shared memory to fit "
               "a multiprocessor, got none",
               kernel.threads, kernel.sharedBytes)};
  loaded.maxBlocks = static_cast<int64_t>(multiprocessors) * resident;
  return status.at("kernel " + kernel.name);
}

/// Into the current context. What was loaded before a failure is in `loaded.modules`.
static Status load(const Driver &driver, const Program &program, std::string_view bytes,
                   LoadedKernels &loaded) {
  int multiprocessors = 0;
  if (Status status = getMultiprocessors(driver, program.target, multiprocessors);
      status.failed())
    return status;
  for (const Cubin &cubin : program.cubins) {
    CudaModule module = nullptr;
    CudaResult result = driver.cuModuleLoadData(&module, bytes.data() + cubin.offset);
    if (Status status = driver.check(result, "cuModuleLoadData"); status.failed())
      return status;
    loaded.modules.push_back(module);
  }
  for (const Kernel &kernel : program.kernels)
    if (Status status = loadKernel(driver, kernel, loaded.modules[kernel.cubin],
                                   multiprocessors, loaded.kernels.emplace_back());
        status.failed())
      return status;
  return {};
}

static void unload(const Driver &driver, const LoadedKernels &loaded) {
  for (CudaModule module : loaded.modules)
    driver.cuModuleUnload(module);
}

KernelCache::~KernelCache() {
  for (const std::unique_ptr<LoadedKernels> &loaded : contexts) {
    unsigned long long id = 0;
    if (driver->cuCtxGetId(loaded->context, &id) != 0 || id != loaded->contextId ||
        driver->cuCtxPushCurrent(loaded->context) != 0)
      continue; // the context is gone, and its modules with it
    unload(*driver, *loaded);
    CudaContext popped;
    driver->cuCtxPopCurrent(&popped);
  }
  if (primaryContext)
    driver->cuDevicePrimaryCtxRelease(primaryDevice);
}

Status KernelCache::get(const Driver &driver, const Program &program,
                        std::string_view bytes, const LoadedKernels *&kernels) {
  CudaContext context = nullptr;
  unsigned long long id = 0;
  Status status = driver.check(driver.cuCtxGetCurrent(&context), "cuCtxGetCurrent");
  if (!status.failed())
    status = driver.check(driver.cuCtxGetId(context, &id), "cuCtxGetId");
  if (status.failed())
    return status;

  std::lock_guard<std::mutex> lock(mutex);
  for (const std::unique_ptr<LoadedKernels> &known : contexts)
    if (known->contextId == id) {
      kernels = known.get();
      return {};
    }
  auto loaded = std::make_unique<LoadedKernels>();
  loaded->context = context;
  loaded->contextId = id;
  if (status = load(driver, program, bytes, *loaded); status.failed()) {
    unload(driver, *loaded);
    return status;
  }
  this->driver = &driver;
  contexts.push_back(std::move(loaded));
  kernels = contexts.back().get();
  return {};
}

Status KernelCache::getPrimaryContext(const Driver &driver, CudaContext &context) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!primaryContext) {
    Status status =
        driver.check(driver.cuDeviceGet(&primaryDevice, /*ordinal=*/0), "cuDeviceGet");
    if (!status.failed())
      status =
          driver.check(driver.cuDevicePrimaryCtxRetain(&primaryContext, primaryDevice),
                       "cuDevicePrimaryCtxRetain");
    if (status.failed())
      return status;
    this->driver = &driver;
  }
  context = primaryContext;
  return {};
}

CurrentContext::~CurrentContext() {
  CudaContext popped;
  if (pushed)
    driver.cuCtxPopCurrent(&popped);
}

Status CurrentContext::enter(KernelCache &cache) {
  CudaContext context = nullptr;
  Status status = driver.check(driver.cuCtxGetCurrent(&context), "cuCtxGetCurrent");
  if (status.failed() || context)
    return status;
  if (status = cache.getPrimaryContext(driver, context); status.failed())
    return status;
  status = driver.check(driver.cuCtxPushCurrent(context), "cuCtxPushCurrent");
  pushed = !status.failed();
  return status;
}
