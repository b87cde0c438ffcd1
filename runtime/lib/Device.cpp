//===- Device.cpp - A device's memory, and timed launches -----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Device.h"

#include "LoadedKernels.h"

#include <vector>

using namespace fovea::rt;

static constexpr int maxNameBytes = 256;

static CudaAddress toAddress(const void *address) {
  return reinterpret_cast<CudaAddress>(address);
}

namespace {

/// Events of a stream, and the times between them.
class Stopwatch {
public:
  Stopwatch(const Driver &driver, void *stream) : driver(driver), stream(stream) {}
  Stopwatch(const Stopwatch &) = delete;
  Stopwatch &operator=(const Stopwatch &) = delete;
  ~Stopwatch() {
    for (CudaEvent event : events)
      driver.cuEventDestroy(event);
  }

  /// Behind all that the stream was given so far.
  Status mark() {
    CudaEvent event = nullptr;
    Status status = driver.check(driver.cuEventCreate(&event, 0), "cuEventCreate");
    if (status.failed())
      return status;
    events.push_back(event);
    return driver.check(driver.cuEventRecord(event, stream), "cuEventRecord");
  }
  /// Until the stream has come to the last mark.
  Status wait() const {
    return driver.check(driver.cuEventSynchronize(events.back()), "cuEventSynchronize");
  }
  /// From mark number `first`, from 0, to the next one.
  Status read(size_t first, double &seconds) const {
    float milliseconds = 0;
    Status status = driver.check(
        driver.cuEventElapsedTime(&milliseconds, events[first], events[first + 1]),
        "cuEventElapsedTime");
    seconds = milliseconds * 1e-3;
    return status;
  }

private:
  const Driver &driver;
  void *stream;
  std::vector<CudaEvent> events;
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
      status = stopwatch.mark();
    if (!status.failed())
      status = launchEntry(bundle, entry, call, {0, entry.launches.size()});
    if (!status.failed())
      status = stopwatch.mark();
    if (!status.failed())
      status = stopwatch.wait();
    return status.failed() || !seconds ? status : stopwatch.read(0, *seconds);
  });
}

Status Device::timeLaunches(Bundle &bundle, const Entry &entry,
                            const fovea_call_t &call, double *seconds, size_t count) {
  size_t launches = entry.launches.size();
  if (count != launches)
    return invalidArgument(
        format("expected a place for each of %zu launches' seconds, got %zu", launches,
               count));
  return inContext([&] {
    Status status = prepareBundle(bundle);
    if (!status.failed())
      status = launchEntry(bundle, entry, call, {0, launches});
    fovea_call_t timed = call;
    timed.flags &= ~static_cast<uint32_t>(FOVEA_CALL_CHECKED);
    Stopwatch stopwatch(driver, call.stream);
    if (!status.failed())
      status = stopwatch.mark();
    for (size_t i = 0; i < launches && !status.failed(); ++i) {
      status = launchEntry(bundle, entry, timed, {i, i + 1});
      if (!status.failed())
        status = stopwatch.mark();
    }
    if (!status.failed())
      status = stopwatch.wait();
    for (size_t i = 0; i < launches && !status.failed(); ++i)
      status = stopwatch.read(i, seconds[i]);
    return status;
  });
}
