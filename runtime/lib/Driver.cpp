//===- Driver.cpp - The part of libcuda that the runtime calls ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Driver.h"

#include <dlfcn.h>
#include <mutex>

using namespace fovea::rt;

static constexpr const char *defaultLibrary = "libcuda.so.1";

Status Driver::check(CudaResult result, const char *function) const {
  if (result == 0)
    return {};
  const char *text = nullptr;
  if (cuGetErrorString(result, &text) != 0 || !text)
    text = "an error without a text";
  return {FOVEA_DRIVER_ERROR, format("%s: %s (%d)", function, text, result)};
}

namespace {

/// Fills in a driver's functions and keeps the name of the first that is missing.
class SymbolTable {
public:
  explicit SymbolTable(void *library) : library(library) {}

  template <typename Function> void resolve(Function &function, const char *symbol) {
    void *address = dlsym(library, symbol);
    if (!address && !missing)
      missing = symbol;
    function = reinterpret_cast<Function>(address);
  }
  const char *getMissing() const { return missing; }

private:
  void *library;
  const char *missing = nullptr;
};

/// The driver of the process, and the name it was opened by.
struct OpenDriver {
  std::mutex mutex;
  bool isOpen = false;
  std::string path;
  Driver driver;
};

} // namespace

/// The name of the first function that is missing; null where none is.
static const char *resolveAll(void *library, Driver &driver) {
  SymbolTable table(library);
  table.resolve(driver.cuInit, "cuInit");
  table.resolve(driver.cuGetErrorString, "cuGetErrorString");
  table.resolve(driver.cuDeviceGet, "cuDeviceGet");
  table.resolve(driver.cuDeviceGetAttribute, "cuDeviceGetAttribute");
  table.resolve(driver.cuDeviceGetName, "cuDeviceGetName");
  table.resolve(driver.cuDevicePrimaryCtxRetain, "cuDevicePrimaryCtxRetain");
  table.resolve(driver.cuDevicePrimaryCtxRelease, "cuDevicePrimaryCtxRelease_v2");
  table.resolve(driver.cuCtxGetCurrent, "cuCtxGetCurrent");
  table.resolve(driver.cuCtxGetDevice, "cuCtxGetDevice");
  table.resolve(driver.cuCtxGetId, "cuCtxGetId");
  table.resolve(driver.cuCtxPushCurrent, "cuCtxPushCurrent_v2");
  table.resolve(driver.cuCtxPopCurrent, "cuCtxPopCurrent_v2");
  table.resolve(driver.cuModuleLoadData, "cuModuleLoadData");
  table.resolve(driver.cuModuleLoadDataEx, "cuModuleLoadDataEx");
  table.resolve(driver.cuModuleUnload, "cuModuleUnload");
  table.resolve(driver.cuModuleGetFunction, "cuModuleGetFunction");
  table.resolve(driver.cuFuncSetAttribute, "cuFuncSetAttribute");
  table.resolve(driver.cuOccupancyMaxActiveBlocksPerMultiprocessor,
                "cuOccupancyMaxActiveBlocksPerMultiprocessor");
  table.resolve(driver.cuTensorMapEncodeTiled, "cuTensorMapEncodeTiled");
  table.resolve(driver.cuTensorMapReplaceAddress, "cuTensorMapReplaceAddress");
  table.resolve(driver.cuPointerGetAttributes, "cuPointerGetAttributes");
  table.resolve(driver.cuLaunchKernel, "cuLaunchKernel");
  table.resolve(driver.cuStreamIsCapturing, "cuStreamIsCapturing");
  table.resolve(driver.cuStreamSynchronize, "cuStreamSynchronize");
  table.resolve(driver.cuThreadExchangeStreamCaptureMode,
                "cuThreadExchangeStreamCaptureMode");
  table.resolve(driver.cuMemAlloc, "cuMemAlloc_v2");
  table.resolve(driver.cuMemFree, "cuMemFree_v2");
  table.resolve(driver.cuMemcpyHtoD, "cuMemcpyHtoD_v2");
  table.resolve(driver.cuMemcpyDtoH, "cuMemcpyDtoH_v2");
  table.resolve(driver.cuMemcpyDtoHAsync, "cuMemcpyDtoHAsync_v2");
  table.resolve(driver.cuEventCreate, "cuEventCreate");
  table.resolve(driver.cuEventDestroy, "cuEventDestroy_v2");
  table.resolve(driver.cuEventRecord, "cuEventRecord");
  table.resolve(driver.cuEventSynchronize, "cuEventSynchronize");
  table.resolve(driver.cuEventElapsedTime, "cuEventElapsedTime");
  return table.getMissing();
}

/// Whether the driver has all that launching a graph takes.
static bool resolveGraphs(void *library, Driver &driver) {
  SymbolTable table(library);
  table.resolve(driver.cuStreamGetId, "cuStreamGetId");
  table.resolve(driver.cuStreamGetPriority, "cuStreamGetPriority");
  table.resolve(driver.cuGraphCreate, "cuGraphCreate");
  table.resolve(driver.cuGraphDestroy, "cuGraphDestroy");
  table.resolve(driver.cuGraphAddKernelNode, "cuGraphAddKernelNode_v2");
  table.resolve(driver.cuGraphKernelNodeSetAttribute, "cuGraphKernelNodeSetAttribute");
  table.resolve(driver.cuGraphInstantiate, "cuGraphInstantiateWithFlags");
  table.resolve(driver.cuGraphExecDestroy, "cuGraphExecDestroy");
  table.resolve(driver.cuGraphExecKernelNodeSetParams,
                "cuGraphExecKernelNodeSetParams_v2");
  table.resolve(driver.cuGraphLaunch, "cuGraphLaunch");
  SymbolTable newer(library);
  newer.resolve(driver.cuStreamGetGreenCtx, "cuStreamGetGreenCtx");
  return !table.getMissing();
}

static Status load(const std::string &path, Driver &driver) {
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *reason = dlerror();
    return {FOVEA_NO_DRIVER, "expected NVIDIA's driver library, got: " +
                                 std::string(reason ? reason : path.c_str())};
  }
  Status status;
  if (const char *missing = resolveAll(library, driver))
    status = {FOVEA_NO_DRIVER, "expected a driver of CUDA 12.0 or newer, got " + path +
                                   " without " + missing};
  else if (status = driver.check(driver.cuInit(0), "cuInit"); status.failed())
    status = {FOVEA_NO_DRIVER, "expected a CUDA device, got " + status.getText()};
  if (status.failed())
    dlclose(library);
  else
    driver.hasGraphs = resolveGraphs(library, driver);
  return status;
}

/// Never destroyed: bundles may be freed while a program exits.
static OpenDriver &getOpenDriver() {
  static auto *open = new OpenDriver;
  return *open;
}

Status fovea::rt::openDriver(const char *path) {
  std::string wanted = path ? path : defaultLibrary;
  OpenDriver &open = getOpenDriver();
  std::lock_guard<std::mutex> lock(open.mutex);
  if (open.isOpen)
    return wanted == open.path
               ? Status()
               : invalidArgument("expected " + open.path +
                                 ", which is open already, got " + wanted);
  Status status = load(wanted, open.driver);
  open.isOpen = !status.failed();
  open.path = open.isOpen ? wanted : "";
  return status;
}

Status fovea::rt::getDriver(const Driver *&driver) {
  OpenDriver &open = getOpenDriver();
  {
    std::lock_guard<std::mutex> lock(open.mutex);
    driver = &open.driver;
    if (open.isOpen)
      return {};
  }
  Status status = openDriver(nullptr);
  // Another thread may have opened another library since.
  return status.getCode() == FOVEA_INVALID_ARGUMENT ? Status() : status;
}
