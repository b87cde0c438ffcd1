//===- ApiTest.cpp - The C interface's own promises -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "TestBundle.h"

#include "gtest/gtest.h"
#include <cstdio>
#include <thread>

using namespace fovea::rt::test;
using fovea::runtime::Bundle;
using fovea::runtime::Entry;

extern "C" int loadNothing(void);

namespace {

class Api : public testing::Test {
protected:
  void SetUp() override {
    std::string file = getFile();
    ASSERT_TRUE(Bundle::load(file.data(), file.size(), bundle));
    ASSERT_TRUE(bundle.find("forward", forward));
  }

  Bundle bundle;
  Entry forward;
};

} // namespace

TEST_F(Api, the_header_is_c) { EXPECT_TRUE(loadNothing()); }

TEST_F(Api, abi) { EXPECT_EQ(fovea_runtime_abi(), uint32_t(FOVEA_RUNTIME_ABI)); }

TEST_F(Api, describes_the_bundle) {
  fovea_bundle_info_t info;
  ASSERT_TRUE(bundle.describe(info));
  EXPECT_STREQ(info.producer, "fovea test");
  EXPECT_STREQ(info.target, "sm_90a");
  EXPECT_EQ(info.entry_count, 2u);
  EXPECT_EQ(info.kernel_count, 3u);
  fovea_kernel_info_t kernel;
  ASSERT_TRUE(bundle.describeKernel(1, kernel));
  EXPECT_STREQ(kernel.name, "attend");
  EXPECT_STREQ(kernel.symbol, "attend_kernel");
  EXPECT_EQ(kernel.threads, 384u);
  EXPECT_EQ(kernel.registers, 168u);
  EXPECT_EQ(bundle.describeKernel(3, kernel).text(),
            "expected the number of one of 3 kernels, got 3");
}

TEST_F(Api, describes_entries) {
  fovea_entry_info_t info;
  ASSERT_TRUE(forward.describe(info));
  EXPECT_STREQ(info.name, "forward");
  EXPECT_EQ(info.argument_count, 3u);
  EXPECT_EQ(info.launch_count, 2u);
  EXPECT_FALSE(info.checkable);
  EXPECT_EQ(info.check_count, 0u);
  fovea_argument_info_t argument;
  ASSERT_TRUE(forward.describeArgument(2, argument));
  EXPECT_STREQ(argument.name, "out");
  EXPECT_EQ(argument.type, FOVEA_BF16);
  EXPECT_EQ(argument.rows, FOVEA_ROWS_TOKENS);
  EXPECT_EQ(argument.tokens_per_row, 1);
  EXPECT_TRUE(argument.output);
  ASSERT_EQ(argument.rank, 3u);
  EXPECT_EQ(argument.shape[0], -1);
  EXPECT_EQ(argument.shape[2], 64);
  EXPECT_EQ(forward.describeArgument(3, argument).code(), FOVEA_INVALID_ARGUMENT);
  size_t kernel = 0;
  ASSERT_TRUE(forward.getLaunch(1, kernel));
  EXPECT_EQ(kernel, 1u);
  EXPECT_EQ(forward.getLaunch(2, kernel).code(), FOVEA_INVALID_ARGUMENT);
}

TEST_F(Api, finds_entries) {
  Entry entry;
  ASSERT_TRUE(bundle.getEntry(0, entry));
  EXPECT_EQ(entry.get(), forward.get());
  EXPECT_EQ(bundle.getEntry(2, entry).code(), FOVEA_INVALID_ARGUMENT);
  fovea::runtime::Status status = bundle.find("backward", entry);
  EXPECT_EQ(status.code(), FOVEA_NOT_FOUND);
  EXPECT_EQ(status.text(),
            "expected one of the entries forward, copy; got \"backward\"");
  EXPECT_EQ(entry.get(), nullptr);
}

TEST_F(Api, loads_files) {
  std::string path = testing::TempDir() + "fovea-api-test.bundle";
  std::FILE *file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  std::string bytes = getFile();
  std::fwrite(bytes.data(), 1, bytes.size(), file);
  std::fclose(file);
  EXPECT_TRUE(Bundle::load(path, bundle));
  std::remove(path.c_str());
  EXPECT_EQ(Bundle::load(path, bundle).code(), FOVEA_NOT_FOUND);
  EXPECT_EQ(bundle.get(), nullptr);
}

TEST_F(Api, null_is_refused_everywhere) {
  fovea_bundle_t *none = nullptr;
  fovea_call_t call = {};
  size_t number = 0;
  Bundle empty;
  Entry entry;
  fovea_bundle_info_t bundleInfo;
  fovea_kernel_info_t kernelInfo;
  fovea_entry_info_t entryInfo;
  fovea_argument_info_t argumentInfo;
  for (fovea_status_t status :
       {fovea_bundle_load_memory(nullptr, 0, &none),
        fovea_bundle_load_memory("", 0, nullptr),
        fovea_bundle_load_file(nullptr, &none), fovea_bundle_load_file("", nullptr),
        fovea_bundle_prepare(nullptr), empty.find("a", entry).code(),
        empty.getEntry(0, entry).code(), empty.describe(bundleInfo).code(),
        empty.describeKernel(0, kernelInfo).code(), entry.describe(entryInfo).code(),
        entry.describeArgument(0, argumentInfo).code(),
        entry.getLaunch(0, number).code(), entry.workspaceBytes({}, number).code(),
        entry.launch(call).code(), entry.check(call).code(),
        fovea_entry_launch(forward.get(), nullptr),
        fovea_bundle_find_entry(bundle.get(), nullptr, nullptr)}) {
    EXPECT_EQ(status, FOVEA_INVALID_ARGUMENT);
    EXPECT_NE(std::string(fovea_last_error()).find("got null"), std::string::npos);
  }
  fovea_bundle_free(nullptr);
}

TEST_F(Api, errors_are_a_threads_own) {
  Entry entry;
  EXPECT_FALSE(bundle.find("mine", entry));
  std::string other = "unset";
  std::thread([&] { other = fovea_last_error(); }).join();
  EXPECT_EQ(other, "");
  EXPECT_NE(std::string(fovea_last_error()).find("mine"), std::string::npos);
}
