//===- ContextTest.cpp - Contexts, devices and threads --------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FakeDevice.h"

#include <thread>

using namespace fovea::rt::test;
using fovea::runtime::Bundle;
using fovea::runtime::Status;

namespace {
using Context = FakeDevice;
} // namespace

TEST_F(Context, kernels_are_loaded_once_per_context) {
  ForwardArguments arguments(100);
  EXPECT_EQ(countCalls("cuModuleLoadData"), 0u);
  ASSERT_TRUE(forward.launch(arguments.call));
  ASSERT_TRUE(forward.launch(arguments.call));
  ASSERT_TRUE(bundle.prepare());
  EXPECT_EQ(fake.images, (std::vector<std::string>{"\177ELF1", "\177ELF2"}));
  FakeContext other{101};
  fake.setCurrent(&other);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.images.size(), 4u);
  EXPECT_EQ(fake.launches.back().context, &other);
  bundle = Bundle();
}

TEST_F(Context, another_context_at_the_same_address_is_another) {
  ASSERT_TRUE(bundle.prepare());
  context.id = 200;
  ASSERT_TRUE(bundle.prepare());
  EXPECT_EQ(fake.images.size(), 4u);
}

TEST_F(Context, freeing_unloads_in_the_contexts_own) {
  int before = fake.loadedModules;
  ASSERT_TRUE(bundle.prepare());
  EXPECT_EQ(fake.loadedModules, before + 2);
  fake.setCurrent(nullptr);
  bundle = Bundle();
  EXPECT_EQ(fake.loadedModules, before);
  EXPECT_EQ(fake.getCurrent(), nullptr);
}

TEST_F(Context, freeing_after_the_context_is_gone) {
  ASSERT_TRUE(bundle.prepare());
  context.destroyed = true;
  forget();
  bundle = Bundle();
  EXPECT_EQ(countCalls("cuModuleUnload"), 0u);
  EXPECT_EQ(countCalls("cuCtxPushCurrent"), 0u);
}

TEST_F(Context, freeing_keeps_what_a_graph_may_hold) {
  int before = fake.loadedModules, retained = fake.retainedContexts;
  ForwardArguments arguments(100);
  fake.captured = arguments.call.stream;
  ASSERT_TRUE(forward.launch(arguments.call));
  fake.captured = nullptr;
  FakeContext other{101}; // where nothing was captured
  fake.setCurrent(&other);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.loadedModules, before + 4);
  bundle = Bundle();
  EXPECT_EQ(fake.loadedModules, before + 2);
  EXPECT_EQ(fake.captureMode, 0);
  fake.loadedModules = before;

  // The same of a context that the runtime itself retained.
  fake.setCurrent(nullptr);
  load(getFile());
  fake.captured = arguments.call.stream;
  ASSERT_TRUE(forward.launch(arguments.call));
  bundle = Bundle();
  EXPECT_EQ(fake.retainedContexts, retained + 1);
  fake.retainedContexts = retained;
  fake.loadedModules = before;
}

TEST_F(Context, without_a_current_one_the_primary_is_used) {
  int retained = fake.retainedContexts;
  fake.setCurrent(nullptr);
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(fake.launches.at(0).context->id, 1u);
  EXPECT_EQ(fake.getCurrent(), nullptr);
  EXPECT_EQ(fake.retainedContexts, retained + 1);
  bundle = Bundle();
  EXPECT_EQ(fake.retainedContexts, retained);
}

TEST_F(Context, another_device_is_refused) {
  fake.major = 8;
  Status status = bundle.prepare();
  EXPECT_EQ(status.code(), FOVEA_UNSUPPORTED);
  EXPECT_EQ(status.text(), "expected a device of compute capability 9.0 for target "
                           "sm_90a, got 8.0");
  fake.major = 9;
  EXPECT_TRUE(bundle.prepare());
}

TEST_F(Context, a_target_without_a_suffix_runs_on_later_minor_versions) {
  load(makeFile(replaced(getManifest(), "sm_90a", "sm_80"), getBlobs()));
  fake.major = 8;
  fake.minor = 9;
  EXPECT_TRUE(bundle.prepare());
  fake.minor = 0;
  bundle = Bundle();
}

TEST_F(Context, a_later_device_gets_the_ptx) {
  load(getPortableFile());
  ASSERT_TRUE(bundle.prepare());
  EXPECT_EQ(countCalls("cuModuleLoadDataEx"), 2u);
  EXPECT_EQ(fake.images, (std::vector<std::string>{"first", "other"}));
  bundle = Bundle();
}

TEST_F(Context, cubins_go_before_ptx) {
  load(getPortableFile());
  fake.major = 8;
  fake.minor = 6;
  ASSERT_TRUE(bundle.prepare());
  fake.minor = 0;
  EXPECT_EQ(countCalls("cuModuleLoadDataEx"), 0u);
  EXPECT_EQ(fake.images, (std::vector<std::string>{"\177ELF1", "\177ELF2"}));
  bundle = Bundle();
}

TEST_F(Context, an_earlier_device_gets_neither) {
  load(getPortableFile());
  fake.major = 7;
  fake.minor = 5;
  EXPECT_EQ(bundle.prepare().text(), "expected a device of compute capability 8.0 or "
                                     "later for target sm_80, got 7.5");
  fake.minor = 0;
}

TEST_F(Context, without_ptx_a_later_device_is_refused) {
  load(makeFile(replaced(getManifest(), "sm_90a", "sm_80"), getBlobs()));
  EXPECT_EQ(bundle.prepare().text(), "expected a device of compute capability 8.0 or a "
                                     "later minor one for target sm_80, got 9.0");
}

TEST_F(Context, ptx_that_the_driver_refuses) {
  load(getPortableFile());
  fake.failing = "cuModuleLoadDataEx";
  Status status = bundle.prepare();
  EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
  EXPECT_NE(status.text().find("the fake driver fails (700): ptxas fatal"),
            std::string::npos)
      << status.text();
}

TEST_F(Context, a_kernel_that_does_not_fit_is_refused) {
  fake.residentBlocks = 0;
  Status status = bundle.prepare();
  EXPECT_EQ(status.code(), FOVEA_UNSUPPORTED);
  EXPECT_EQ(status.text(), "kernel compress: expected a block of 128 threads and 65536 "
                           "bytes of shared memory to fit a multiprocessor, got none");
}

TEST_F(Context, a_failed_load_leaves_nothing) {
  int before = fake.loadedModules;
  for (const char *function : {"cuModuleLoadData", "cuModuleGetFunction",
                               "cuFuncSetAttribute", "cuDeviceGetAttribute"}) {
    fake.failing = function;
    Status status = bundle.prepare();
    EXPECT_EQ(status.code(), FOVEA_DRIVER_ERROR);
    EXPECT_NE(
        status.text().find(std::string(function) + ": the fake driver fails (700)"),
        std::string::npos);
    EXPECT_EQ(fake.loadedModules, before);
  }
  fake.failing.clear();
  EXPECT_TRUE(bundle.prepare());
}

TEST_F(Context, many_threads) {
  std::vector<std::thread> threads;
  std::vector<std::string> failures(8);
  for (std::string &failure : failures)
    threads.emplace_back([&] {
      fake.setCurrent(&context);
      ForwardArguments arguments(100);
      for (int i = 0; i < 50; ++i)
        if (Status status = forward.launch(arguments.call); !status)
          failure = status.text();
      fake.setCurrent(nullptr);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(failures, std::vector<std::string>(8));
  EXPECT_EQ(fake.launches.size(), 8u * 50 * 2);
  EXPECT_EQ(fake.images.size(), 2u);
}
