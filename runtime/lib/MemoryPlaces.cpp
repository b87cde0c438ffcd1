//===- MemoryPlaces.cpp - Whose memory an address is ----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "MemoryPlaces.h"

#include <algorithm>

using namespace fovea::rt;

namespace {
/// What the driver says of an address; zeros where it knows nothing of it.
struct PointerFacts {
  unsigned memoryType = 0;
  unsigned isManaged = 0;
  int device = 0;
  CudaAddress begin = 0;
  size_t bytes = 0;
};
} // namespace

static Status ask(const Driver &driver, CudaAddress address, PointerFacts &facts) {
  const int attributes[] = {pointerMemoryTypeAttribute, pointerIsManagedAttribute,
                            pointerDeviceAttribute, pointerRangeBeginAttribute,
                            pointerRangeBytesAttribute};
  void *values[] = {&facts.memoryType, &facts.isManaged, &facts.device, &facts.begin,
                    &facts.bytes};
  return driver.check(
      driver.cuPointerGetAttributes(std::size(values), attributes, values, address),
      "cuPointerGetAttributes");
}

Status MemoryPlaces::check(const Driver &driver, CudaDevice device,
                           const void *address) {
  auto wanted = reinterpret_cast<CudaAddress>(address);
  std::lock_guard<std::mutex> lock(mutex);
  for (const Range &range : known)
    if (wanted - range.begin < range.bytes)
      return {};
  PointerFacts facts;
  if (Status status = ask(driver, wanted, facts); status.failed())
    return status;
  if (!facts.isManaged) {
    const char *expected = "expected memory of device %d, got %p, which is %s";
    if (facts.memoryType != deviceMemoryType)
      return invalidArgument(format(expected, device, address,
                                    facts.memoryType == hostMemoryType
                                        ? "pinned memory of the host"
                                        : "the host's, or nobody's"));
    if (facts.device != device)
      return invalidArgument(format(expected, device, address,
                                    format("of device %d", facts.device).c_str()));
  }
  bool isAround = wanted - facts.begin < facts.bytes;
  known[next] = isAround ? Range{facts.begin, facts.bytes} : Range{wanted, 1};
  next = (next + 1) % known.size();
  return {};
}
