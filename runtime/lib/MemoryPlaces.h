//===- MemoryPlaces.h - Whose memory an address is --------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel that is given an address of the host's, or of another device's, ends the
// context. The driver can tell such an address, for a price that every call would pay
// for every array, so it is asked once per allocation: what it said of an address holds
// for the allocation around it. An allocation that was freed and whose addresses came
// back as something else passes unseen; nothing is refused for what was.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_MEMORYPLACES_H
#define FOVEA_RUNTIME_LIB_MEMORYPLACES_H

#include "Driver.h"

#include <array>
#include <mutex>

namespace fovea::rt {

/// The memory of one device, as far as it was asked for. Its functions are thread-safe.
class MemoryPlaces {
public:
  /// Whether `address` is memory of `device`, or managed.
  Status check(const Driver &driver, CudaDevice device, const void *address);

private:
  struct Range {
    CudaAddress begin = 0;
    size_t bytes = 0;
  };

  std::mutex mutex;
  std::array<Range, 32> known;
  size_t next = 0; // that is forgotten for another
};

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_MEMORYPLACES_H
