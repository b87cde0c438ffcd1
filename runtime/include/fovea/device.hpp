//===- fovea/device.hpp - fovea/device.h with owners ------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A device that closes itself, and memory that frees itself. No exceptions, C++17:
//
//   fovea::runtime::Device device;
//   fovea::runtime::Buffer q;
//   if (auto status = fovea::runtime::Device::open(0, device); !status)
//     return report(status.text());
//   if (auto status = q.allocate(device, bytes); !status)
//     return report(status.text());
//
// What each call does and may fail with is said in fovea/device.h.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DEVICE_HPP
#define FOVEA_DEVICE_HPP

#include "fovea/device.h"
#include "fovea/runtime.hpp"

#include <utility>

namespace fovea::runtime {

/// An open device, or none. It outlives its buffers, and bundles launched on it.
class Device {
public:
  static Status open(int ordinal, Device &device) {
    fovea_device_t *opened = nullptr;
    Status status(fovea_device_open(ordinal, &opened));
    device.device.reset(opened);
    return status;
  }
  Status describe(fovea_device_info_t &info) const {
    return Status(fovea_device_describe(device.get(), &info));
  }
  /// Launches and waits; `seconds` is the time of the kernels, where it is not null.
  Status launch(const Entry &entry, const fovea_call_t &call,
                double *seconds = nullptr) {
    return Status(fovea_device_launch(device.get(), entry.get(), &call, seconds));
  }
  /// Launches twice and waits; `seconds` has a number for each launch of the entry.
  Status timeLaunches(const Entry &entry, const fovea_call_t &call, double *seconds,
                      size_t count) {
    return Status(
        fovea_device_time_launches(device.get(), entry.get(), &call, seconds, count));
  }
  fovea_device_t *get() const { return device.get(); }

private:
  struct Close {
    void operator()(fovea_device_t *opened) const { fovea_device_close(opened); }
  };
  std::unique_ptr<fovea_device_t, Close> device;
};

/// Memory of a device, or none.
class Buffer {
public:
  Buffer() = default;
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  Buffer(Buffer &&other) noexcept { swap(other); }
  Buffer &operator=(Buffer &&other) noexcept {
    swap(other);
    return *this;
  }
  ~Buffer() {
    if (address)
      fovea_device_free(device, address);
  }

  /// `bytes` bytes in place of what it had.
  Status allocate(const Device &on, size_t bytes) {
    *this = Buffer();
    device = on.get();
    return Status(fovea_device_allocate(device, bytes, &address));
  }
  /// The first `bytes` bytes, from or to the host.
  Status write(const void *host, size_t bytes) {
    return Status(fovea_device_write(device, address, host, bytes));
  }
  Status read(void *host, size_t bytes) const {
    return Status(fovea_device_read(device, host, address, bytes));
  }
  /// What a fovea_tensor_t takes; null where there are no bytes.
  void *data() const { return address; }

private:
  void swap(Buffer &other) noexcept {
    std::swap(device, other.device);
    std::swap(address, other.address);
  }

  fovea_device_t *device = nullptr;
  void *address = nullptr;
};

} // namespace fovea::runtime

#endif // FOVEA_DEVICE_HPP
