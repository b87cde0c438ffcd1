//===- LoadedKernels.cpp - A bundle's kernels, per CUDA context -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LoadedKernels.h"

#include <algorithm>
#include <array>

using namespace fovea::rt;

namespace {
/// What matters of a device.
struct DeviceFacts {
  int major = 0, minor = 0; // its compute capability
  int multiprocessors = 0;
};
/// What of a bundle a device is given.
enum class Code { Cubin, Ptx };
} // namespace

/// Cubins run on later minor versions of their own major one, if not bound to one, and
/// are preferred. A driver compiles PTX for any later device. Fails where neither fits.
static Status chooseCode(const Program &program, const DeviceFacts &device,
                         Code &code) {
  const Target &target = program.target;
  int wantedMajor = target.smVersion / 10, wantedMinor = target.smVersion % 10;
  bool isLaterMinor = device.minor >= wantedMinor;
  code = Code::Cubin;
  if (device.major == wantedMajor &&
      (target.exact ? device.minor == wantedMinor : isLaterMinor))
    return {};
  bool hasPtx = !target.exact;
  for (const Cubin &cubin : program.cubins)
    hasPtx = hasPtx && cubin.ptx.bytes != 0;
  code = Code::Ptx;
  if (hasPtx && device.major > wantedMajor)
    return {};
  return {FOVEA_UNSUPPORTED,
          format("expected a device of compute capability %d.%d%s for target %s, got "
                 "%d.%d",
                 wantedMajor, wantedMinor,
                 target.exact ? ""
                 : hasPtx     ? " or later"
                              : " or a later minor one",
                 target.name.c_str(), device.major, device.minor)};
}

/// Of the current context.
static Status getDevice(const Driver &driver, CudaDevice &device, DeviceFacts &result) {
  Status status = driver.check(driver.cuCtxGetDevice(&device), "cuCtxGetDevice");
  auto query = [&](int attribute) {
    int value = 0;
    if (!status.failed())
      status = driver.check(driver.cuDeviceGetAttribute(&value, attribute, device),
                            "cuDeviceGetAttribute");
    return value;
  };
  result.major = query(capabilityMajorAttribute);
  result.minor = query(capabilityMinorAttribute);
  result.multiprocessors = query(multiprocessorCountAttribute);
  return status;
}

/// Has the driver compile `ptx`; where it can't, the status has the compiler's first
/// line.
static Status compilePtx(const Driver &driver, const char *ptx, CudaModule &module) {
  std::array<char, 1024> log = {};
  int options[] = {jitErrorLogOption, jitErrorLogBytesOption};
  void *values[] = {log.data(), reinterpret_cast<void *>(log.size() - 1)};
  Status status = driver.check(
      driver.cuModuleLoadDataEx(&module, ptx, /*optionCount=*/2, options, values),
      "cuModuleLoadDataEx");
  std::string line = log.data();
  line.resize(std::min(line.find('\n'), line.size()));
  if (!status.failed() || line.empty())
    return status;
  return {status.getCode(), status.getText() + ": " + line};
}

static Status loadModule(const Driver &driver, const Cubin &cubin, Code code,
                         std::string_view bytes, CudaModule &module) {
  if (code == Code::Ptx)
    return compilePtx(driver, bytes.data() + cubin.ptx.offset, module);
  return driver.check(driver.cuModuleLoadData(&module, bytes.data() + cubin.offset),
                      "cuModuleLoadData");
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
  DeviceFacts device;
  Code code = Code::Cubin;
  Status status = getDevice(driver, loaded.device, device);
  if (!status.failed())
    status = chooseCode(program, device, code);
  if (status.failed())
    return status;
  for (const Cubin &cubin : program.cubins) {
    CudaModule module = nullptr;
    if (status = loadModule(driver, cubin, code, bytes, module); status.failed())
      return status;
    loaded.modules.push_back(module);
  }
  for (const Kernel &kernel : program.kernels)
    if (status = loadKernel(driver, kernel, loaded.modules[kernel.cubin],
                            device.multiprocessors, loaded.kernels.emplace_back());
        status.failed())
      return status;
  return {};
}

static void unload(const Driver &driver, const LoadedKernels &loaded) {
  for (CudaModule module : loaded.modules)
    driver.cuModuleUnload(module);
}

KernelCache::~KernelCache() {
  if (!driver)
    return;
  RelaxedCapture relaxed(*driver);
  bool inGraph = false;
  for (const std::unique_ptr<LoadedKernels> &loaded : contexts) {
    inGraph = inGraph || loaded->inGraph;
    unsigned long long id = 0;
    if (driver->cuCtxGetId(loaded->context, &id) != 0 || id != loaded->contextId ||
        driver->cuCtxPushCurrent(loaded->context) != 0)
      continue; // the context is gone, and its modules with it
    loaded->chains.destroy(*driver);
    if (!loaded->inGraph)
      unload(*driver, *loaded);
    CudaContext popped;
    driver->cuCtxPopCurrent(&popped);
  }
  if (primaryContext && !inGraph)
    driver->cuDevicePrimaryCtxRelease(primaryDevice);
}

Status KernelCache::get(const Driver &driver, CudaContext context,
                        const Program &program, std::string_view bytes,
                        LoadedKernels *&kernels) {
  unsigned long long id = 0;
  Status status = driver.check(driver.cuCtxGetId(context, &id), "cuCtxGetId");
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
  Status status = driver.check(driver.cuCtxGetCurrent(&context), "cuCtxGetCurrent");
  if (status.failed() || context)
    return status;
  CudaContext primary = nullptr;
  if (status = cache.getPrimaryContext(driver, primary); status.failed())
    return status;
  return enter(primary);
}

Status CurrentContext::enter(CudaContext entered) {
  Status status = driver.check(driver.cuCtxPushCurrent(entered), "cuCtxPushCurrent");
  pushed = !status.failed();
  context = entered;
  return status;
}
