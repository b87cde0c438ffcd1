//===- LaunchTest.cpp - What reaches the driver ---------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FakeDevice.h"

using namespace fovea::rt::test;
using fovea::runtime::Status;

namespace {
using Launch = FakeDevice;
} // namespace

TEST_F(Launch, grids_and_blocks) {
  ForwardArguments arguments(100);
  Status status = forward.launch(arguments.call);
  ASSERT_TRUE(status) << status.text();
  ASSERT_EQ(fake.launches.size(), 2u);
  // 6 programs: a block each. 400 programs: what is resident, 5 multiprocessors * 2.
  EXPECT_EQ(fake.launches[0].symbol, "compress_kernel");
  EXPECT_EQ(fake.launches[0].grid, (std::array<unsigned, 3>{6, 1, 1}));
  EXPECT_EQ(fake.launches[0].block, (std::array<unsigned, 3>{128, 1, 1}));
  EXPECT_EQ(fake.launches[0].sharedBytes, 65536u);
  EXPECT_EQ(fake.launches[1].symbol, "attend_kernel");
  EXPECT_EQ(fake.launches[1].grid, (std::array<unsigned, 3>{10, 1, 1}));
  EXPECT_EQ(fake.launches[1].block, (std::array<unsigned, 3>{384, 1, 1}));
  for (const FakeLaunch &launch : fake.launches) {
    EXPECT_EQ(launch.stream, arguments.call.stream);
    EXPECT_EQ(launch.context, &context);
  }
  EXPECT_EQ(fake.sharedBytesAttribute["compress_kernel"], 65536);
  EXPECT_EQ(fake.sharedBytesAttribute.count("attend_kernel"), 0u);
}

TEST_F(Launch, params) {
  ForwardArguments arguments(100, /*sequences=*/3);
  ASSERT_TRUE(forward.launch(arguments.call));
  char *workspace = static_cast<char *>(arguments.call.workspace);
  const FakeLaunch &compress = fake.launches.at(0);
  EXPECT_EQ(compress.get<void *>(1), workspace);
  EXPECT_EQ(compress.get<int32_t>(2), 6);
  EXPECT_EQ(compress.get<int32_t>(3), 6);
  EXPECT_EQ(compress.get<int32_t>(4), 1); // an axis that the grid lacks
  const FakeLaunch &attend = fake.launches.at(1);
  EXPECT_EQ(attend.get<void *>(0), arguments.tensors[0].data);
  EXPECT_EQ(attend.get<void *>(2), arguments.tensors[2].data);
  EXPECT_EQ(attend.get<int64_t>(3), 4);
  EXPECT_EQ(attend.get<void *>(4), workspace + 6 * 4 * 64 * 4);
  EXPECT_EQ(attend.get<int64_t>(5), 100);
  EXPECT_EQ(attend.get<float>(6), 100.0f);
  EXPECT_EQ(attend.get<int32_t>(7), 4);
}

TEST_F(Launch, tensor_maps) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(countCalls("cuTensorMapEncodeTiled"), 2u);
  const FakeTensorMap &q = getMap(/*launch=*/0, /*param=*/0);
  EXPECT_EQ(q.type, 9); // bf16
  EXPECT_EQ(q.address, arguments.tensors[0].data);
  EXPECT_EQ(q.sizes, (std::vector<uint64_t>{64, 4, 100}));
  EXPECT_EQ(q.strides, (std::vector<uint64_t>{128, 512}));
  EXPECT_EQ(q.box, (std::vector<uint32_t>{64, 4, 16}));
  EXPECT_EQ(q.elementStrides, (std::vector<uint32_t>{1, 1, 1}));
  EXPECT_EQ(q.interleave, 0);
  EXPECT_EQ(q.swizzle, 3); // 128 bytes
  EXPECT_EQ(q.l2Promotion, 2);
  EXPECT_EQ(q.fill, 0);
  const FakeTensorMap &compressed = getMap(1, 1);
  EXPECT_EQ(compressed.type, 7); // f32
  EXPECT_EQ(compressed.address, arguments.call.workspace);
  EXPECT_EQ(compressed.sizes, (std::vector<uint64_t>{64, 4, 6}));
  EXPECT_EQ(compressed.strides, (std::vector<uint64_t>{256, 1024}));
  EXPECT_EQ(compressed.swizzle, 2); // 64 bytes
  // Each kernel got its own map, whole.
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(fake.launches[i].params[i].substr(8), std::string(120, '\xAB'));
}

TEST_F(Launch, maps_follow_every_call) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  arguments.tensors[0].data = arguments.address(0x90000);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(getMap(2, 0).address, arguments.address(0x90000));
  EXPECT_EQ(getMap(3, 1).address, arguments.call.workspace);
  EXPECT_EQ(fake.launches.at(3).get<void *>(0), arguments.address(0x90000));
  EXPECT_EQ(countCalls("cuTensorMapEncodeTiled"), 2u); // those of the first call
  // Other shapes are another plan, and back again.
  for (int64_t tokens : {64, 100, 64}) {
    arguments.rows[0] = tokens;
    forget();
    ASSERT_TRUE(forward.launch(arguments.call));
    EXPECT_EQ(getMap(0, 0).sizes.at(2), static_cast<uint64_t>(tokens));
    EXPECT_EQ(fake.launches.at(1).get<int64_t>(5), tokens);
  }
}

TEST_F(Launch, more_shapes_than_plans_are_kept) {
  for (int round = 0; round < 2; ++round)
    for (int64_t tokens = 1; tokens <= 40; ++tokens) {
      ForwardArguments arguments(16 * tokens);
      forget();
      ASSERT_TRUE(forward.launch(arguments.call));
      EXPECT_EQ(fake.launches.at(0).get<int32_t>(2), tokens);
    }
}

TEST_F(Launch, types_are_checked_in_every_call) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  arguments.tensors[0].type = FOVEA_F16;
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, argument 'q': expected bf16, got f16");
  arguments.tensors[0].type = FOVEA_BF16;
  arguments.tensors[0].data = arguments.address(0x10008);
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, argument 'q': expected an address aligned to 16 bytes, got "
            "0x10008");
  arguments.tensors[0].data = arguments.address(0x10000);
  arguments.call.workspace_bytes = 4096;
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, workspace: expected at least 12544 bytes, got 4096");
}

TEST_F(Launch, memory_that_is_not_the_devices) {
  auto complain = [&](FakeMemory memory) {
    fake.elsewhere = {memory};
    ForwardArguments arguments(100);
    Status status = forward.launch(arguments.call);
    EXPECT_EQ(status.code(), FOVEA_INVALID_ARGUMENT);
    EXPECT_TRUE(fake.launches.empty());
    return status.text();
  };
  EXPECT_EQ(complain({0x20000, 4, /*type=*/0}),
            "forward, argument 'cu_seqlens': expected memory of device 0, got 0x20000, "
            "which is the host's, or nobody's");
  // Another bundle asks anew.
  load(getFile());
  EXPECT_EQ(complain({0x10000, 4, /*type=*/1}),
            "forward, argument 'q': expected memory of device 0, got 0x10000, which is "
            "pinned memory of the host");
  EXPECT_EQ(complain({0x10000, 4, /*type=*/2, /*device=*/1}),
            "forward, argument 'q': expected memory of device 0, got 0x10000, which is "
            "of device 1");
}

TEST_F(Launch, a_workspace_that_is_not_the_devices) {
  fake.elsewhere = {{0x40000, 1, /*type=*/1}};
  ForwardArguments arguments(100);
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, workspace: expected memory of device 0, got 0x40000, which is "
            "pinned memory of the host");
}

TEST_F(Launch, managed_memory_and_nothing_are_good) {
  fake.elsewhere = {{0x10000, 64, /*type=*/1, /*device=*/1, /*managed=*/true}};
  ForwardArguments arguments(100);
  Status status = forward.launch(arguments.call);
  EXPECT_TRUE(status) << status.text();
  fake.elsewhere = {{0, 64, /*type=*/0}};
  ForwardArguments none(0);
  none.tensors[0].data = none.tensors[2].data = nullptr;
  EXPECT_TRUE(forward.launch(none.call));
}

TEST_F(Launch, an_allocation_is_asked_for_once) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(countCalls("cuPointerGetAttributes"), 4u); // the workspace's too
  arguments.tensors[0].data = arguments.address(0x10400);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(countCalls("cuPointerGetAttributes"), 4u);
  arguments.tensors[0].data = arguments.address(0x90000);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(countCalls("cuPointerGetAttributes"), 5u);
}

TEST_F(Launch, an_empty_intermediate_is_encoded_as_one_element) {
  // 15 tokens: no whole block of 16, so nothing is compressed, but there are queries.
  ForwardArguments arguments(15);
  ASSERT_TRUE(forward.launch(arguments.call));
  ASSERT_EQ(fake.launches.size(), 1u);
  EXPECT_EQ(fake.launches[0].symbol, "attend_kernel");
  // Of one element, so that no memory but the call's own is described.
  EXPECT_EQ(getMap(0, 1).sizes, (std::vector<uint64_t>{1, 1, 1}));
  EXPECT_EQ(getMap(0, 1).strides, (std::vector<uint64_t>{256, 1024}));
  EXPECT_EQ(getMap(0, 1).address, arguments.call.workspace);
}

TEST_F(Launch, nothing_for_no_programs) {
  ForwardArguments arguments(0);
  Status status = forward.launch(arguments.call);
  EXPECT_TRUE(status) << status.text();
  EXPECT_TRUE(fake.launches.empty());
  EXPECT_EQ(countCalls("cuTensorMapEncodeTiled"), 0u);
}

TEST_F(Launch, a_range) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launchRange(arguments.call, 1, 2));
  ASSERT_EQ(fake.launches.size(), 1u);
  EXPECT_EQ(fake.launches[0].symbol, "attend_kernel");
  EXPECT_TRUE(forward.launchRange(arguments.call, 2, 2));
  Status status = forward.launchRange(arguments.call, 0, 3);
  EXPECT_EQ(status.code(), FOVEA_INVALID_ARGUMENT);
  EXPECT_EQ(status.text(), "forward: expected a range of 2 launches, got 0 to 3");
  EXPECT_FALSE(forward.launchRange(arguments.call, 2, 1));
}

TEST_F(Launch, the_workspace_that_the_query_says_is_enough) {
  ForwardArguments arguments(100);
  size_t bytes = 0;
  ASSERT_TRUE(forward.workspaceBytes(arguments.tensors, bytes));
  EXPECT_EQ(bytes, 6u * 4 * 64 * 4 + 100 * 16 * 4);
  arguments.call.workspace_bytes = bytes;
  EXPECT_TRUE(forward.launch(arguments.call));
  arguments.call.workspace_bytes = bytes - 1;
  EXPECT_EQ(forward.launch(arguments.call).code(), FOVEA_INVALID_ARGUMENT);
}

TEST_F(Launch, a_bad_call_reaches_no_driver) {
  ForwardArguments arguments(100);
  arguments.tensors[2].data = nullptr;
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, argument 'out': expected a device address, got null");
  EXPECT_TRUE(fake.calls.empty());
}

TEST_F(Launch, a_prepared_launch_does_nothing_that_a_graph_forbids) {
  ASSERT_TRUE(bundle.prepare());
  forget();
  ForwardArguments arguments(100);
  fake.captured = arguments.call.stream;
  ASSERT_TRUE(forward.launch(arguments.call));
  for (const std::string &call : fake.calls)
    EXPECT_TRUE(call == "cuCtxGetCurrent" || call == "cuCtxGetId" ||
                call == "cuTensorMapEncodeTiled" ||
                call == "cuTensorMapReplaceAddress" ||
                call == "cuPointerGetAttributes" || call == "cuStreamIsCapturing" ||
                call == "cuLaunchKernel")
        << call;
}

TEST_F(Launch, failures_of_the_driver_name_the_kernel) {
  ForwardArguments arguments(100);
  fake.failing = "cuTensorMapEncodeTiled";
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, kernel compress: argument 'q': cuTensorMapEncodeTiled: the fake "
            "driver fails (700)");
  fake.failing = "cuLaunchKernel";
  arguments.call.flags = FOVEA_CALL_SEPARATE;
  Status status = forward.launch(arguments.call);
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_EQ(status.text(),
            "forward, kernel compress: cuLaunchKernel: the fake driver fails (700)");
  for (const char *function :
       {"cuPointerGetAttributes", "cuStreamIsCapturing", "cuTensorMapReplaceAddress"}) {
    load(getFile());
    fake.failing = function;
    EXPECT_NE(forward.launch(arguments.call).text().find(function), std::string::npos);
  }
  EXPECT_TRUE(fake.launches.empty());
}

TEST_F(Launch, a_stride_that_tma_cannot_take) {
  // 3 heads of 20 bf16: 40 bytes from head to head.
  std::string manifest = getManifest();
  manifest = replaced(manifest,
                      "\"name\": \"q\", \"type\": \"bf16\", \"rows\": \"tokens\", "
                      "\"shape\": [-1, 4, 64]",
                      "\"name\": \"q\", \"type\": \"bf16\", \"rows\": \"tokens\", "
                      "\"shape\": [-1, 3, 20]");
  load(makeFile(manifest, getBlobs()));
  ForwardArguments arguments(100);
  const int64_t shape[] = {100, 3, 20};
  arguments.tensors[0].shape = shape;
  EXPECT_EQ(
      forward.launch(arguments.call).text(),
      "forward, kernel compress: argument 'q': expected a stride that is a multiple "
      "of 16 bytes, got 40");
  EXPECT_TRUE(fake.launches.empty());
}
