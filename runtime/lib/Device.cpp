//===- Device.cpp - A device's memory, and timed launches -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Device.h"

#include "LoadedKernels.h"

using namespace fovea::rt;

static constexpr int maxNameBytes = 256;

static CudaAddress toAddress(const void *address) {
  return reinterpret_cast<CudaAddress>(address);
}

namespace {

/// Two events around what a stream does between them.
class Stopwatch {
public:
  Stopwatch(const Driver &driver, void *stream) : driver(driver), stream(stream) {}
  Stopwatch(const Stopwatch &) = delete;
  Stopwatch &operator=(const Stopwatch &) = delete;
  ~Stopwatch() {
    for (CudaEvent event : {first, last})
      if (event)
        driver.cuEventDestroy(event);
  }

  Status start() { return record(first); }
  /// Waits for all that the stream was given.
  Status stop() {
    Status status = record(last);
    return status.failed()
               ? status
               : driver.check(driver.cuEventSynchronize(last), "cuEventSynchronize");
  }
  Status read(double &seconds) const {
    float milliseconds = 0;
    Status status = driver.check(driver.cuEventElapsedTime(&milliseconds, first, last),
                                 "cuEventElapsedTime");
    seconds = milliseconds * 1e-3;
    return status;
  }

private:
  Status record(CudaEvent &event) {
    Status status = driver.check(driver.cuEventCreate(&event, 0), "cuEventCreate");
    return status.failed()
               ? status
               : driver.check(driver.cuEventRecord(event, stream), "cuEventRecord");
  }

  const Driver &driver;
  void *stream;
  CudaEvent first = nullptr, last = nullptr;
};

} // namespace

Status Device::open(int ordinal, std::unique_ptr<Device> &device) {
  const Driver *driver = nullptr;
  if (Status status = getDriver(driver); status.failed())
    return status;
  std::unique_ptr<Device> opened(new Device(*driver));
  if (Status status = opened->retain(ordinal); status.failed())
    return status.at(format("device %d", ordinal));
  device = std::move(opened);
  return {};
}

Status Device::retain(int ordinal) {
  char text[maxNameBytes] = "";
  Status status = driver.check(driver.cuDeviceGet(&device, ordinal), "cuDeviceGet");
  if (!status.failed())
    status = driver.check(driver.cuDeviceGetName(text, sizeof(text), device),
                          "cuDeviceGetName");
  name = text;
  CudaContext retained = nullptr;
  if (!status.failed())
    status = driver.check(driver.cuDevicePrimaryCtxRetain(&retained, device),
                          "cuDevicePrimaryCtxRetain");
  if (!status.failed())
    context = retained;
  return status;
}

Device::~Device() {
  if (context)
    driver.cuDevicePrimaryCtxRelease(device);
}

Status Device::getAttribute(int attribute, uint32_t &value) const {
  int asked = 0;
  Status status = driver.check(driver.cuDeviceGetAttribute(&asked, attribute, device),
                               "cuDeviceGetAttribute");
  value = static_cast<uint32_t>(asked);
  return status;
}

template <typename Body> Status Device::inContext(Body body) {
  CurrentContext current(driver);
  Status status = current.enter(context);
  return status.failed() ? status : body();
}

Status Device::allocate(size_t bytes, void *&address) {
  address = nullptr;
  if (bytes == 0)
    return {};
  return inContext([&] {
    CudaAddress allocated = 0;
    Status status = driver.check(driver.cuMemAlloc(&allocated, bytes), "cuMemAlloc");
    if (!status.failed())
      address = reinterpret_cast<void *>(allocated);
    return status.at(format("expected %zu bytes of device memory", bytes));
  });
}

Status Device::free(void *address) {
  if (!address)
    return {};
  return inContext(
      [&] { return driver.check(driver.cuMemFree(toAddress(address)), "cuMemFree"); });
}

Status Device::write(void *address, const void *host, size_t bytes) {
  if (bytes == 0)
    return {};
  return inContext([&] {
    return driver.check(driver.cuMemcpyHtoD(toAddress(address), host, bytes),
                        "cuMemcpyHtoD");
  });
}

Status Device::read(void *host, const void *address, size_t bytes) {
  if (bytes == 0)
    return {};
  return inContext([&] {
    return driver.check(driver.cuMemcpyDtoH(host, toAddress(address), bytes),
                        "cuMemcpyDtoH");
  });
}

Status Device::launch(Bundle &bundle, const Entry &entry, const fovea_call_t &call,
                      double *seconds) {
  return inContext([&] {
    // Loading takes its time on the device too; it is not the kernels'.
    Status status = prepareBundle(bundle);
    Stopwatch stopwatch(driver, call.stream);
    if (!status.failed())
      status = stopwatch.start();
    if (!status.failed())
      status = launchEntry(bundle, entry, call, {0, entry.launches.size()});
    if (!status.failed())
      status = stopwatch.stop();
    return status.failed() || !seconds ? status : stopwatch.read(*seconds);
  });
}
