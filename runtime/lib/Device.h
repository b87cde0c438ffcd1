//===- Device.h - A device's memory, and timed launches ---------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_DEVICE_H
#define FOVEA_RUNTIME_LIB_DEVICE_H

#include "LaunchEntry.h"

#include <memory>

namespace fovea::rt {

/// A device's primary context, retained as long as this lives. Each function makes it
/// current while it runs; what they do is said in fovea/device.h.
class Device {
public:
  static Status open(int ordinal, std::unique_ptr<Device> &device);
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;
  ~Device();

  Status allocate(size_t bytes, void *&address);
  Status free(void *address);
  Status write(void *address, const void *host, size_t bytes);
  Status read(void *host, const void *address, size_t bytes);
  /// Launches and waits. `seconds` may be null.
  Status launch(Bundle &bundle, const Entry &entry, const fovea_call_t &call,
                double *seconds);
  /// Launches twice and waits. `seconds` has `count` elements.
  Status timeLaunches(Bundle &bundle, const Entry &entry, const fovea_call_t &call,
                      double *seconds, size_t count);

  const std::string &getName() const { return name; }
  /// One of the driver's attributes of devices that Driver.h numbers.
  Status getAttribute(int attribute, uint32_t &value) const;

private:
  explicit Device(const Driver &driver) : driver(driver) {}
  Status retain(int ordinal);
  template <typename Body> Status inContext(Body body);

  const Driver &driver;
  CudaDevice device = 0;
  CudaContext context = nullptr;
  std::string name;
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_DEVICE_H
