//===- DeviceApi.cpp - The C interface of devices -------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Null checks; the work is in Device.cpp.
//
//===----------------------------------------------------------------------===//

#include "fovea/device.h"

#include "Device.h"
#include "EntryHandle.h"
#include "Guard.h"

using namespace fovea::rt;

// NOLINTBEGIN(readability-identifier-naming): as the C header names it.
struct fovea_device {
  std::unique_ptr<Device> device;
};
// NOLINTEND(readability-identifier-naming)

/// Runs `body` on the device, where there is one.
template <typename Body>
static fovea_status_t onDevice(fovea_device_t *device, Body body) {
  return guarded(
      [&] { return device ? body(*device->device) : expectedPointer("a device"); });
}

fovea_status_t fovea_device_open(int ordinal, fovea_device_t **device) {
  return guarded([&] {
    if (!device)
      return expectedPointer("a place for the device");
    auto opened = std::make_unique<fovea_device>();
    Status status = Device::open(ordinal, opened->device);
    if (!status.failed())
      *device = opened.release();
    return status;
  });
}

void fovea_device_close(fovea_device_t *device) { delete device; }

fovea_status_t fovea_device_describe(const fovea_device_t *device,
                                     fovea_device_info_t *info) {
  return guarded([&] {
    if (!device || !info)
      return expectedPointer(device ? "a place for the description" : "a device");
    const Device &described = *device->device;
    info->name = described.getName().c_str();
    Status status =
        described.getAttribute(capabilityMajorAttribute, info->capability_major);
    if (!status.failed())
      status = described.getAttribute(capabilityMinorAttribute, info->capability_minor);
    if (!status.failed())
      status =
          described.getAttribute(multiprocessorCountAttribute, info->multiprocessors);
    return status;
  });
}

fovea_status_t fovea_device_allocate(fovea_device_t *device, size_t bytes,
                                     void **address) {
  return onDevice(device, [&](Device &on) {
    return address ? on.allocate(bytes, *address)
                   : expectedPointer("a place for the address");
  });
}

fovea_status_t fovea_device_free(fovea_device_t *device, void *address) {
  return onDevice(device, [&](Device &on) { return on.free(address); });
}

/// A copy of no bytes may be of nothing.
static Status checkCopy(const void *address, const void *host, size_t bytes) {
  if (bytes == 0 || (address && host))
    return {};
  return expectedPointer(address ? "host memory" : "device memory");
}

fovea_status_t fovea_device_write(fovea_device_t *device, void *address,
                                  const void *host, size_t bytes) {
  return onDevice(device, [&](Device &on) {
    Status status = checkCopy(address, host, bytes);
    return status.failed() ? status : on.write(address, host, bytes);
  });
}

fovea_status_t fovea_device_read(fovea_device_t *device, void *host,
                                 const void *address, size_t bytes) {
  return onDevice(device, [&](Device &on) {
    Status status = checkCopy(address, host, bytes);
    return status.failed() ? status : on.read(host, address, bytes);
  });
}

fovea_status_t fovea_device_launch(fovea_device_t *device, const fovea_entry_t *entry,
                                   const fovea_call_t *call, double *seconds) {
  return onDevice(device, [&](Device &on) {
    if (!entry || !call)
      return expectedPointer(entry ? "a call" : "an entry");
    return on.launch(*entry->bundle, *entry->entry, *call, seconds);
  });
}

fovea_status_t fovea_device_time_launches(fovea_device_t *device,
                                          const fovea_entry_t *entry,
                                          const fovea_call_t *call, double *seconds,
                                          size_t count) {
  return onDevice(device, [&](Device &on) {
    if (!entry || !call || !seconds)
      return expectedPointer(!entry  ? "an entry"
                             : !call ? "a call"
                                     : "a place for the seconds");
    return on.timeLaunches(*entry->bundle, *entry->entry, *call, seconds, count);
  });
}
