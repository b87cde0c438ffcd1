//===- FakeDevice.h - Tests over the fake libcuda ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_UNIT_RUNTIME_FAKEDEVICE_H
#define FOVEA_TEST_UNIT_RUNTIME_FAKEDEVICE_H

#include "FakeCuda.h"
#include "TestBundle.h"

#include "gtest/gtest.h"
#include <algorithm>
#include <dlfcn.h>

namespace fovea::rt::test {

/// The fake driver's state; null, and a failed test, where it can't be loaded.
inline FakeCuda *getFake() {
  void *library = dlopen(FAKE_CUDA, RTLD_NOW);
  void *function = library ? dlsym(library, "getFakeCuda") : nullptr;
  EXPECT_NE(function, nullptr);
  return function ? reinterpret_cast<GetFakeCuda>(function)() : nullptr;
}

/// A test with the fake driver open, a context current, and a loaded bundle.
class FakeDevice : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(fovea_runtime_open(FAKE_CUDA), FOVEA_OK) << fovea_last_error();
    fake.setCurrent(&context);
    fake.major = 9;
    fake.residentBlocks = 2;
    fake.failing.clear();
    fake.captured = fake.greenStream = nullptr;
    fake.streamPriority = 0;
    fake.elsewhere.clear();
    fake.reports.clear();
    fake.paramBytes = {{"compress_kernel", {128, 8, 4, 4, 4}},
                       {"attend_kernel", {8, 128, 8, 8, 8, 8, 4, 4}},
                       {"copy_kernel", {8, 8}},
                       {"check_kernel", {8, 8, 8, 8}}};
    load(getFile());
    forget();
  }
  void TearDown() override { fake.setCurrent(nullptr); }

  void load(const std::string &file) {
    runtime::Status status = runtime::Bundle::load(file.data(), file.size(), bundle);
    ASSERT_TRUE(status) << status.text();
    status = bundle.find("forward", forward);
    ASSERT_TRUE(status) << status.text();
  }
  /// Forgets what the fake has recorded, but for the maps that plans are made of.
  void forget() {
    fake.calls.clear();
    fake.launches.clear();
    fake.images.clear();
    fake.nodePriorities.clear();
    fake.nodeOrders.clear();
  }
  /// The tensor map that parameter `param` of a launch is.
  const FakeTensorMap &getMap(size_t launch, size_t param) {
    uint64_t number = 0;
    std::memcpy(&number, fake.launches.at(launch).params.at(param).data(),
                sizeof(number));
    return fake.maps.at(number);
  }
  size_t countCalls(const std::string &function) {
    return std::count(fake.calls.begin(), fake.calls.end(), function);
  }

  FakeCuda &fake = *getFake();
  FakeContext context{100};
  runtime::Bundle bundle;
  runtime::Entry forward;
};

} // namespace fovea::rt::test

#endif // FOVEA_TEST_UNIT_RUNTIME_FAKEDEVICE_H
