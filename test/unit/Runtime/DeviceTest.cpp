//===- DeviceTest.cpp - A device's memory, and timed launches -------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "fovea/device.hpp"
#include "FakeDevice.h"

using namespace fovea::rt::test;
using fovea::runtime::Buffer;
using fovea::runtime::Device;

namespace {

class DeviceTest : public FakeDevice {
protected:
  void SetUp() override {
    FakeDevice::SetUp();
    fake.setCurrent(nullptr);
    retained = fake.retainedContexts;
    fovea::runtime::Status status = Device::open(0, device);
    ASSERT_TRUE(status) << status.text();
    forget();
  }
  void TearDown() override {
    device = Device();
    EXPECT_EQ(fake.retainedContexts, retained);
    EXPECT_EQ(fake.allocations, 0);
    EXPECT_EQ(fake.events, 0);
    FakeDevice::TearDown();
  }

  int retained = 0;
  Device device;
};

} // namespace

TEST_F(DeviceTest, says_what_it_is) {
  fovea_device_info_t info;
  ASSERT_TRUE(device.describe(info));
  EXPECT_STREQ(info.name, "Fake device");
  EXPECT_EQ(info.capability_major, 9u);
  EXPECT_EQ(info.capability_minor, 0u);
  EXPECT_EQ(info.multiprocessors, 5u);
}

TEST_F(DeviceTest, memory_keeps_what_is_written) {
  Buffer buffer;
  ASSERT_TRUE(buffer.allocate(device, 8));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.data()) % 256, 0u);
  ASSERT_TRUE(buffer.write("fovea", 6));
  Buffer moved = std::move(buffer);
  EXPECT_EQ(buffer.data(), nullptr);
  char text[6] = "";
  ASSERT_TRUE(moved.read(text, sizeof(text)));
  EXPECT_STREQ(text, "fovea");
  EXPECT_EQ(fake.getCurrent(), nullptr);   // as it was
  ASSERT_TRUE(moved.allocate(device, 16)); // in place of the first
  EXPECT_EQ(fake.allocations, 1);
}

TEST_F(DeviceTest, nothing_is_null) {
  Buffer buffer;
  ASSERT_TRUE(buffer.allocate(device, 0));
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_TRUE(buffer.write(nullptr, 0));
  EXPECT_TRUE(buffer.read(nullptr, 0));
  EXPECT_EQ(fovea_device_free(device.get(), nullptr), FOVEA_OK);
  EXPECT_TRUE(fake.calls.empty());
}

TEST_F(DeviceTest, launches_in_its_own_context_and_waits) {
  ForwardArguments arguments(100);
  double seconds = 0;
  fovea::runtime::Status status = device.launch(forward, arguments.call, &seconds);
  ASSERT_TRUE(status) << status.text();
  EXPECT_FLOAT_EQ(seconds, 1.5e-3);
  ASSERT_EQ(fake.launches.size(), 2u);
  EXPECT_EQ(fake.launches[0].context->id, 1u); // the primary one
  // What is timed starts behind the loading of the kernels.
  auto find = [&](const char *call) {
    return std::find(fake.calls.begin(), fake.calls.end(), call) - fake.calls.begin();
  };
  EXPECT_LT(find("cuModuleLoadData"), find("cuEventRecord"));
  EXPECT_LT(find("cuEventRecord"), find("cuGraphLaunch"));
  EXPECT_LT(find("cuGraphLaunch"), find("cuEventSynchronize"));
  ASSERT_TRUE(device.launch(forward, arguments.call));
  EXPECT_EQ(fake.launches.size(), 4u);
  bundle = {};
}

TEST_F(DeviceTest, times_each_launch_behind_a_whole_run) {
  ForwardArguments arguments(100);
  double seconds[2] = {};
  fovea::runtime::Status status =
      device.timeLaunches(forward, arguments.call, seconds, 2);
  ASSERT_TRUE(status) << status.text();
  EXPECT_FLOAT_EQ(seconds[0], 1.5e-3);
  EXPECT_FLOAT_EQ(seconds[1], 1.5e-3);
  ASSERT_EQ(fake.launches.size(), 4u);
  EXPECT_EQ(fake.launches[2].symbol, fake.launches[0].symbol);
  EXPECT_EQ(fake.launches[3].symbol, fake.launches[1].symbol);
  // Kernel by kernel, with an event before, between and behind them; one wait.
  std::vector<std::string> timed;
  for (const std::string &call : fake.calls)
    if (call == "cuEventRecord" || call == "cuLaunchKernel" ||
        call == "cuEventSynchronize" || call == "cuGraphLaunch")
      timed.push_back(call);
  EXPECT_EQ(timed,
            std::vector<std::string>(
                {"cuGraphLaunch", "cuEventRecord", "cuLaunchKernel", "cuEventRecord",
                 "cuLaunchKernel", "cuEventRecord", "cuEventSynchronize"}));
  status = device.timeLaunches(forward, arguments.call, seconds, 1);
  EXPECT_EQ(status.code(), FOVEA_INVALID_ARGUMENT);
  EXPECT_EQ(status.text(), "expected a place for each of 2 launches' seconds, got 1");
  bundle = {};
}

TEST_F(DeviceTest, failures_are_the_drivers) {
  Buffer buffer;
  fake.failing = "cuMemAlloc";
  fovea::runtime::Status status = buffer.allocate(device, 1 << 20);
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_EQ(status.text(), "expected 1048576 bytes of device memory: cuMemAlloc: the "
                           "fake driver fails (700)");
  EXPECT_EQ(buffer.data(), nullptr);
  // A kernel's own failure is seen by who waits for it.
  fake.failing = "cuEventSynchronize";
  ForwardArguments arguments(100);
  status = device.launch(forward, arguments.call);
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_EQ(status.text(), "cuEventSynchronize: the fake driver fails (700)");
  fake.failing.clear();
  bundle = {};
}

TEST_F(DeviceTest, a_device_that_does_not_open) {
  Device other;
  fake.failing = "cuDevicePrimaryCtxRetain";
  fovea::runtime::Status status = Device::open(3, other);
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_EQ(status.text(),
            "device 3: cuDevicePrimaryCtxRetain: the fake driver fails (700)");
  EXPECT_EQ(other.get(), nullptr);
  fake.failing.clear();
}

TEST_F(DeviceTest, null_is_refused_everywhere) {
  fovea_device_info_t info;
  fovea_call_t call = {};
  char byte = 0;
  void *address = nullptr;
  double seconds = 0;
  for (fovea_status_t status :
       {fovea_device_open(0, nullptr), fovea_device_describe(nullptr, &info),
        fovea_device_describe(device.get(), nullptr),
        fovea_device_allocate(nullptr, 1, &address),
        fovea_device_allocate(device.get(), 1, nullptr),
        fovea_device_free(nullptr, &byte),
        fovea_device_write(device.get(), nullptr, &byte, 1),
        fovea_device_write(device.get(), &byte, nullptr, 1),
        fovea_device_read(device.get(), &byte, nullptr, 1),
        fovea_device_launch(nullptr, forward.get(), &call, nullptr),
        fovea_device_launch(device.get(), nullptr, &call, nullptr),
        fovea_device_launch(device.get(), forward.get(), nullptr, nullptr),
        fovea_device_time_launches(nullptr, forward.get(), &call, &seconds, 1),
        fovea_device_time_launches(device.get(), nullptr, &call, &seconds, 1),
        fovea_device_time_launches(device.get(), forward.get(), nullptr, &seconds, 1),
        fovea_device_time_launches(device.get(), forward.get(), &call, nullptr, 1)}) {
    EXPECT_EQ(status, FOVEA_INVALID_ARGUMENT);
    EXPECT_NE(std::string(fovea_last_error()).find("got null"), std::string::npos);
  }
  fovea_device_close(nullptr);
}
