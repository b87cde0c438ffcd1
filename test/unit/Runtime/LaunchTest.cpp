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
  ASSERT_EQ(fake.maps.size(), 2u);
  const FakeTensorMap &q = fake.maps[0];
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
  const FakeTensorMap &compressed = fake.maps[1];
  EXPECT_EQ(compressed.type, 7); // f32
  EXPECT_EQ(compressed.address, arguments.call.workspace);
  EXPECT_EQ(compressed.sizes, (std::vector<uint64_t>{64, 4, 6}));
  EXPECT_EQ(compressed.strides, (std::vector<uint64_t>{256, 1024}));
  EXPECT_EQ(compressed.swizzle, 2); // 64 bytes
  // Each kernel got its own map, whole.
  for (uint64_t i = 0; i < 2; ++i) {
    const std::string &map = fake.launches[i].params[i];
    EXPECT_EQ(std::memcmp(map.data(), &i, sizeof(i)), 0);
    EXPECT_EQ(map.substr(8), std::string(120, '\xAB'));
  }
}

TEST_F(Launch, maps_follow_every_call) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  arguments.tensors[0].data = arguments.address(0x90000);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.maps.at(2).address, arguments.address(0x90000));
}

TEST_F(Launch, an_empty_intermediate_is_encoded_as_one_row) {
  // 15 tokens: no whole block of 16, so nothing is compressed, but there are queries.
  ForwardArguments arguments(15);
  ASSERT_TRUE(forward.launch(arguments.call));
  ASSERT_EQ(fake.launches.size(), 1u);
  EXPECT_EQ(fake.launches[0].symbol, "attend_kernel");
  EXPECT_EQ(fake.maps.at(0).sizes, (std::vector<uint64_t>{64, 4, 1}));
  EXPECT_NE(fake.maps[0].address, nullptr);
}

TEST_F(Launch, nothing_for_no_programs) {
  ForwardArguments arguments(0);
  Status status = forward.launch(arguments.call);
  EXPECT_TRUE(status) << status.text();
  EXPECT_TRUE(fake.launches.empty());
  EXPECT_TRUE(fake.maps.empty());
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
  ASSERT_TRUE(forward.launch(arguments.call));
  for (const std::string &call : fake.calls)
    EXPECT_TRUE(call == "cuCtxGetCurrent" || call == "cuCtxGetId" ||
                call == "cuTensorMapEncodeTiled" || call == "cuLaunchKernel")
        << call;
}

TEST_F(Launch, failures_of_the_driver_name_the_kernel) {
  ForwardArguments arguments(100);
  fake.failing = "cuLaunchKernel";
  Status status = forward.launch(arguments.call);
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_EQ(status.text(),
            "forward, kernel compress: cuLaunchKernel: the fake driver fails (700)");
  fake.failing = "cuTensorMapEncodeTiled";
  EXPECT_EQ(forward.launch(arguments.call).text(),
            "forward, kernel compress: argument 'q': cuTensorMapEncodeTiled: the fake "
            "driver fails (700)");
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
