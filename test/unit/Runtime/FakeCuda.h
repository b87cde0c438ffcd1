//===- FakeCuda.h - A libcuda that records what it is asked -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A shared object with the driver functions that the runtime calls. There is one
// device; nothing runs. Its memory is the host's. Tests steer it and read what it
// recorded through getFakeCuda(); Python has the functions fakeCuda... of FakeCuda.cpp.
// Every address is memory of the device unless a test says otherwise. With
// FAKE_CUDA_QUIET nothing is recorded: what is left of a call is the caller's own time.
// Tests of whole programs have the environment: a line
// per call is appended to the file that FAKE_CUDA_LOG names, and FAKE_CUDA_CAPABILITY
// is the device's compute capability, as in 75.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_UNIT_RUNTIME_FAKECUDA_H
#define FOVEA_TEST_UNIT_RUNTIME_FAKECUDA_H

#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace fovea::rt::test {

struct FakeContext {
  unsigned long long id;
  bool destroyed = false;
};

struct FakeLaunch {
  std::string symbol;
  FakeContext *context;
  std::array<unsigned, 3> grid, block;
  unsigned sharedBytes;
  void *stream;
  std::vector<std::string> params; // the bytes of each

  template <typename T> T get(size_t param) const {
    T value = {};
    if (params[param].size() == sizeof(T))
      std::memcpy(&value, params[param].data(), sizeof(T));
    return value;
  }
};

/// Memory that is not the device's.
struct FakeMemory {
  uintptr_t begin;
  size_t bytes;
  unsigned type; // CUmemorytype; 0: the driver does not know it
  int device = 0;
  bool managed = false;
};

struct FakeTensorMap {
  int type;
  void *address;
  std::vector<uint64_t> sizes, strides;
  std::vector<uint32_t> box, elementStrides;
  int interleave, swizzle, l2Promotion, fill;
};

struct FakeCuda {
  // The contexts current in a thread are a stack of its own.
  void (*setCurrent)(FakeContext *context);
  FakeContext *(*getCurrent)();

  std::mutex mutex;
  // What the device is.
  int major = 9, minor = 0, multiprocessors = 5, residentBlocks = 2;
  // The function that fails, with error 700; none where empty.
  std::string failing;
  // The stream that is being captured.
  void *captured = nullptr;
  // A stream of a green context, and the priority of all.
  void *greenStream = nullptr;
  int streamPriority = 0;
  std::vector<FakeMemory> elsewhere;
  // What a kernel leaves in its last parameter, where its name is in here.
  std::map<std::string, int> reports;
  // How many bytes each parameter of a kernel has, by the kernel's symbol.
  std::map<std::string, std::vector<size_t>> paramBytes;

  // What was asked.
  std::vector<std::string> calls;
  std::vector<FakeLaunch> launches;
  std::vector<FakeTensorMap> maps; // bytes 0 to 7 of a map are its number here
  std::vector<std::string> images; // the first 5 bytes of each module
  std::map<std::string, int> sharedBytesAttribute;
  std::vector<int> nodePriorities;
  std::vector<std::vector<size_t>> nodeOrders; // which nodes each waits for, from 1 on
  int graphs = 0;                              // that live, of both kinds
  int loadedModules = 0;
  int retainedContexts = 0;
  int allocations = 0; // that live
  int events = 0;      // that live
  int captureMode = 0; // of all threads: global
};

using GetFakeCuda = FakeCuda *(*)();

} // namespace fovea::rt::test

#endif // FOVEA_TEST_UNIT_RUNTIME_FAKECUDA_H
