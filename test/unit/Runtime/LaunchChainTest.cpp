//===- LaunchChainTest.cpp - The kernels of a call as one graph -----------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What reaches the kernels is LaunchTest's: all of it goes through graphs.
//
//===----------------------------------------------------------------------===//

#include "FakeDevice.h"

#include <thread>

using namespace fovea::rt::test;
using fovea::runtime::Status;

namespace {
class LaunchChain : public FakeDevice {
protected:
  /// That the two kernels were launched, each by itself or by one graph.
  void expectLaunches(bool separate) {
    EXPECT_EQ(countCalls("cuLaunchKernel"), separate ? 2u : 0u);
    EXPECT_EQ(countCalls("cuGraphLaunch"), separate ? 0u : 1u);
    ASSERT_EQ(fake.launches.size(), 2u);
    EXPECT_EQ(fake.launches[0].symbol, "compress_kernel");
    EXPECT_EQ(fake.launches[1].symbol, "attend_kernel");
  }
};
} // namespace

TEST_F(LaunchChain, one_graph_takes_every_call_of_a_stream) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(countCalls("cuGraphInstantiate"), 1u);
  expectLaunches(/*separate=*/false);
  // Other addresses and other shapes: the same graph, with all parameters replaced.
  for (int64_t tokens : {100, 64}) {
    forget();
    arguments.rows[0] = tokens;
    arguments.tensors[0].data = arguments.address(0x90000);
    ASSERT_TRUE(forward.launch(arguments.call));
    EXPECT_EQ(countCalls("cuGraphCreate"), 0u);
    EXPECT_EQ(countCalls("cuGraphExecKernelNodeSetParams"), 2u);
    expectLaunches(/*separate=*/false);
    EXPECT_EQ(fake.launches[1].get<int64_t>(5), tokens);
    EXPECT_EQ(fake.launches[1].get<void *>(0), arguments.tensors[0].data);
    EXPECT_EQ(fake.launches[0].stream, arguments.call.stream);
  }
}

/// The bundle's launches, the second of which takes another intermediate where
/// `isApart`; kernels only read q where `readsOnly`.
static std::string getTwoLaunches(bool isApart, bool readsOnly) {
  std::string manifest = getManifest();
  if (readsOnly) {
    manifest = replaced(
        manifest,
        R"({"kind": "tensor_map", "argument": 0, "box": [64, 4, 16], "swizzle": 128},)",
        R"({"kind": "tensor_map", "argument": 0, "box": [64, 4, 16], "swizzle": 128},
       {"kind": "pointer", "argument": 0, "read_only": true},)");
    manifest = replaced(manifest, R"({"kind": "pointer", "argument": 0},
       {"kind": "tensor_map", "argument": 1, "box": [16)",
                        R"({"kind": "pointer", "argument": 0, "read_only": true},
       {"kind": "tensor_map", "argument": 1, "box": [16)");
  }
  if (isApart) {
    manifest = replaced(manifest, R"("first": 0, "last": 1},
       {"type": "i32", "shape": [{"value": 0}, 16], "first": 1, "last": 1}],)",
                        R"("first": 0, "last": 1},
       {"type": "i32", "shape": [{"value": 0}, 16], "first": 0, "last": 1},
       {"type": "f32", "shape": [{"value": 2}, 4, 64], "first": 0, "last": 1}],)");
    manifest =
        replaced(manifest, R"([{"argument": 0}, {"workspace": 0}, {"argument": 2},)",
                 R"([{"argument": 0}, {"workspace": 2}, {"argument": 2},)");
  }
  return makeFile(manifest, getBlobs());
}

TEST_F(LaunchChain, what_reads_and_writes_apart_does_not_wait) {
  using Orders = std::vector<std::vector<size_t>>;
  for (bool isApart : {false, true})
    for (bool readsOnly : {false, true}) {
      fake.paramBytes["compress_kernel"] = {128, 8, 4, 4, 4};
      if (readsOnly) // a pointer more
        fake.paramBytes["compress_kernel"] = {128, 8, 8, 4, 4, 4};
      load(getTwoLaunches(isApart, readsOnly));
      forget();
      ForwardArguments arguments(100);
      ASSERT_TRUE(forward.launch(arguments.call));
      EXPECT_EQ(fake.nodeOrders,
                isApart && readsOnly ? (Orders{{}, {}}) : (Orders{{}, {1}}));
    }
}

TEST_F(LaunchChain, one_pointer_that_may_write_is_enough_to_wait_for) {
  std::string only = R"({"kind": "pointer", "argument": 0, "read_only": true},
       {"kind": "pointer", "argument": 1},)";
  std::string both = R"({"kind": "pointer", "argument": 0, "read_only": true},
       {"kind": "pointer", "argument": 0}, {"kind": "pointer", "argument": 1},)";
  std::string file = getTwoLaunches(/*isApart=*/true, /*readsOnly=*/true);
  size_t size = uint8_t(file[8]) + 256 * uint8_t(file[9]); // of the manifest
  load(makeFile(replaced(file.substr(48, size), only, both), getBlobs()));
  fake.paramBytes["compress_kernel"] = {128, 8, 8, 8, 4, 4, 4};
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.nodeOrders, (std::vector<std::vector<size_t>>{{}, {1}}));
}

TEST_F(LaunchChain, outputs_in_others_memory_keep_the_order) {
  load(getTwoLaunches(/*isApart=*/true, /*readsOnly=*/true));
  fake.paramBytes["compress_kernel"] = {128, 8, 8, 4, 4, 4};
  ForwardArguments arguments(100);
  arguments.tensors[2].data = arguments.tensors[0].data;
  ASSERT_TRUE(forward.launch(arguments.call));
  expectLaunches(/*separate=*/true);
}

TEST_F(LaunchChain, kernels_have_their_streams_priority) {
  fake.streamPriority = -5;
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.nodePriorities, (std::vector<int>{-5, -5}));
}

TEST_F(LaunchChain, what_is_captured_stays_kernels) {
  ForwardArguments arguments(100);
  fake.captured = arguments.call.stream;
  ASSERT_TRUE(forward.launch(arguments.call));
  expectLaunches(/*separate=*/true);
}

TEST_F(LaunchChain, a_flag_asks_for_separate_launches) {
  ForwardArguments arguments(100);
  arguments.call.flags = FOVEA_CALL_SEPARATE;
  ASSERT_TRUE(forward.launch(arguments.call));
  expectLaunches(/*separate=*/true);
}

TEST_F(LaunchChain, a_part_of_the_device_is_kept_to) {
  ForwardArguments arguments(100);
  fake.greenStream = arguments.call.stream;
  for (int round = 0; round < 2; ++round) {
    forget();
    ASSERT_TRUE(forward.launch(arguments.call));
    expectLaunches(/*separate=*/true);
    EXPECT_EQ(countCalls("cuStreamGetGreenCtx"), round == 0 ? 1u : 0u);
  }
}

TEST_F(LaunchChain, one_kernel_is_a_graph_too) {
  ForwardArguments arguments(15); // nothing is compressed
  for (unsigned round = 1; round <= 2; ++round) {
    ASSERT_TRUE(forward.launch(arguments.call));
    EXPECT_EQ(countCalls("cuLaunchKernel"), 0u);
    EXPECT_EQ(countCalls("cuGraphLaunch"), round);
  }
  EXPECT_EQ(fake.graphs, 2); // and what it is launched as
  EXPECT_EQ(fake.launches.size(), 2u);
}

TEST_F(LaunchChain, one_of_several_kernels_is_launched_by_itself) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launchRange(arguments.call, 0, 1));
  EXPECT_EQ(countCalls("cuLaunchKernel"), 1u);
  EXPECT_EQ(fake.graphs, 0);
}

TEST_F(LaunchChain, without_a_graph_kernels_are_launched_one_by_one) {
  for (const char *function :
       {"cuStreamGetId", "cuStreamGetGreenCtx", "cuStreamGetPriority", "cuGraphCreate",
        "cuGraphAddKernelNode", "cuGraphKernelNodeSetAttribute", "cuGraphInstantiate",
        "cuGraphExecKernelNodeSetParams"}) {
    load(getFile());
    fake.failing = function;
    forget();
    ForwardArguments arguments(100);
    Status status = forward.launch(arguments.call);
    EXPECT_TRUE(status) << function << ": " << status.text();
    expectLaunches(/*separate=*/true);
  }
  fake.failing.clear();
  bundle = {};
  EXPECT_EQ(fake.graphs, 0);
}

TEST_F(LaunchChain, a_launch_that_fails_names_the_entry) {
  ForwardArguments arguments(100);
  fake.failing = "cuGraphLaunch";
  Status status = forward.launch(arguments.call);
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_EQ(status.text(), "forward: cuGraphLaunch: the fake driver fails (700)");
  EXPECT_TRUE(fake.launches.empty());
}

TEST_F(LaunchChain, streams_have_graphs_of_their_own_and_not_too_many) {
  for (uintptr_t round = 0; round < 2; ++round)
    for (uintptr_t stream = 1; stream <= 40; ++stream) {
      ForwardArguments arguments(100);
      arguments.call.stream = reinterpret_cast<void *>(stream << 8);
      forget();
      ASSERT_TRUE(forward.launch(arguments.call));
      expectLaunches(/*separate=*/false);
      EXPECT_EQ(fake.launches[0].stream, arguments.call.stream);
    }
  EXPECT_EQ(fake.graphs, 2 * 16); // a graph, and what is launched of it
  bundle = {};
  EXPECT_EQ(fake.graphs, 0);
}

TEST_F(LaunchChain, threads_do_not_mix_their_parameters) {
  ASSERT_TRUE(bundle.prepare());
  forget();
  std::vector<std::thread> threads;
  for (int64_t tokens : {64, 100, 160, 400})
    threads.emplace_back([&, tokens] {
      fake.setCurrent(&context);
      for (int i = 0; i < 50; ++i) {
        ForwardArguments arguments(tokens);
        EXPECT_TRUE(forward.launch(arguments.call));
      }
      fake.setCurrent(nullptr);
    });
  for (std::thread &thread : threads)
    thread.join();
  ASSERT_EQ(fake.launches.size(), 4u * 50 * 2);
  std::map<int64_t, int> seen;
  for (const FakeLaunch &launch : fake.launches)
    if (launch.symbol == "attend_kernel") {
      EXPECT_EQ(launch.get<float>(6), static_cast<float>(launch.get<int64_t>(5)));
      ++seen[launch.get<int64_t>(5)];
    }
  EXPECT_EQ(seen, (std::map<int64_t, int>{{64, 50}, {100, 50}, {160, 50}, {400, 50}}));
}
