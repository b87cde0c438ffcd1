//===- CheckedCallTest.cpp - Calls that have their offsets checked --------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FakeDevice.h"

using namespace fovea::rt::test;
using fovea::runtime::Status;

namespace {

class CheckedCall : public FakeDevice {
protected:
  void SetUp() override {
    FakeDevice::SetUp();
    load(getCheckedFile());
    arguments.call.flags = FOVEA_CALL_CHECKED;
    arguments.call.report = &report;
    arguments.call.report_count = 1;
  }

  ForwardArguments arguments{100, /*sequences=*/3};
  int32_t report = 77; // memory of the fake device is the host's
};

} // namespace

TEST_F(CheckedCall, launches_the_check_first_and_does_not_wait) {
  fake.reports["check_kernel"] = 3;
  Status status = forward.launch(arguments.call);
  ASSERT_TRUE(status) << status.text();
  ASSERT_EQ(fake.launches.size(), 3u);
  const FakeLaunch &check = fake.launches[0];
  EXPECT_EQ(check.symbol, "check_kernel");
  EXPECT_EQ(check.grid, (std::array<unsigned, 3>{1, 1, 1}));
  EXPECT_EQ(check.block, (std::array<unsigned, 3>{256, 1, 1}));
  EXPECT_EQ(check.stream, arguments.call.stream);
  EXPECT_EQ(check.get<void *>(0), arguments.tensors[1].data);
  EXPECT_EQ(check.get<int64_t>(1), 4);
  EXPECT_EQ(check.get<int64_t>(2), 100);
  EXPECT_EQ(check.get<int32_t *>(3), &report);
  EXPECT_EQ(fake.launches[2].symbol, "attend_kernel");
  EXPECT_EQ(report, 3);
  EXPECT_EQ(countCalls("cuStreamSynchronize"), 0u);
}

TEST_F(CheckedCall, without_the_flag_nothing_is_checked) {
  arguments.call.flags = 0;
  arguments.call.report = nullptr;
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.launches.size(), 2u);
}

TEST_F(CheckedCall, a_range_is_checked_too) {
  ASSERT_TRUE(forward.launchRange(arguments.call, 1, 2));
  ASSERT_EQ(fake.launches.size(), 2u);
  EXPECT_EQ(fake.launches[0].symbol, "check_kernel");
}

TEST_F(CheckedCall, says_which_sequence_is_malformed) {
  arguments.call.workspace = nullptr; // not looked at
  for (int32_t *place : {&report, static_cast<int32_t *>(nullptr)}) {
    arguments.call.report = place;
    fake.reports["check_kernel"] = -1;
    Status status = forward.check(arguments.call);
    EXPECT_TRUE(status) << status.text();
    fake.reports["check_kernel"] = 3;
    status = forward.check(arguments.call);
    EXPECT_EQ(status.code(), FOVEA_INVALID_ARGUMENT);
    EXPECT_EQ(
        status.text(),
        "forward, argument 'cu_seqlens': expected offsets that ascend from 0 to at "
        "most 100 tokens, got a malformed sequence 2");
    fake.reports["check_kernel"] = 0;
    EXPECT_EQ(
        forward.check(arguments.call).text(),
        "forward, argument 'cu_seqlens': expected offsets that ascend from 0 to at "
        "most 100 tokens, got a first offset other than 0");
  }
  for (const FakeLaunch &launch : fake.launches)
    EXPECT_EQ(launch.symbol, "check_kernel");
  EXPECT_EQ(countCalls("cuStreamSynchronize"), 6u);
  EXPECT_EQ(fake.allocations, 0);
}

TEST_F(CheckedCall, refusals) {
  arguments.call.flags = 6;
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward: expected flags of a call that are at most 3, got 6");
  arguments.call.flags = FOVEA_CALL_CHECKED;
  arguments.call.report = nullptr;
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, report: expected a device address, got null");
  arguments.call.report = &report;
  arguments.call.report_count = 0;
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, report: expected at least 1 elements, got 0");
  EXPECT_TRUE(fake.launches.empty());
}

TEST_F(CheckedCall, a_report_on_the_host) {
  fake.elsewhere = {{reinterpret_cast<uintptr_t>(&report), 4, /*type=*/0}};
  std::string text = forward.launch(arguments.call).text();
  EXPECT_EQ(text.rfind("forward, report: expected memory of device 0, got ", 0), 0u)
      << text;
}

TEST_F(CheckedCall, a_bundle_of_an_older_compiler) {
  load(getFile());
  std::string expected = "forward: expected an entry that can check its arguments, got "
                         "one of a compiler that made no checks: compile it again";
  EXPECT_EQ(forward.launch(arguments.call).text(), expected);
  EXPECT_EQ(forward.check(arguments.call).text(), expected);
}

TEST_F(CheckedCall, an_entry_with_nothing_to_check) {
  std::string manifest =
      replaced(getManifest(), R"({"workspace": 1}, {"value": 0}]}]},)",
               R"({"workspace": 1}, {"value": 0}]}], "checks": []},)");
  load(makeFile(manifest, getBlobs()));
  arguments.call.report = nullptr;
  EXPECT_TRUE(forward.launch(arguments.call));
  EXPECT_TRUE(forward.check(arguments.call));
  EXPECT_EQ(fake.launches.size(), 2u);
}

TEST_F(CheckedCall, in_a_capture) {
  fake.captured = arguments.call.stream;
  EXPECT_TRUE(forward.launch(arguments.call));
  forget();
  EXPECT_EQ(forward.check(arguments.call).text(),
            "forward: expected a stream to wait for, got one that is being captured: "
            "capture a call with FOVEA_CALL_CHECKED instead");
  EXPECT_TRUE(fake.launches.empty());
}

TEST_F(CheckedCall, the_kernels_own_failures) {
  fake.failing = "cuStreamSynchronize";
  EXPECT_EQ(forward.check(arguments.call).code(), FOVEA_DRIVER_ERROR);
}
