//===- DriverTest.cpp - Opening the driver, in a process that has none ----===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FakeCuda.h"
#include "fovea/runtime.h"

#include "gtest/gtest.h"
#include <dlfcn.h>

using namespace fovea::rt::test;

// One test, for each step changes what the process has open.
TEST(Driver, is_opened_once_and_may_be_tried_again) {
  EXPECT_EQ(fovea_runtime_open("/nonexistent/libcuda.so"), FOVEA_NO_DRIVER);
  EXPECT_NE(std::string(fovea_last_error()).find("/nonexistent/libcuda.so"),
            std::string::npos);

  EXPECT_EQ(fovea_runtime_open(OLD_CUDA), FOVEA_NO_DRIVER);
  EXPECT_NE(std::string(fovea_last_error()).find("without cuGetErrorString"),
            std::string::npos);

  void *library = dlopen(FAKE_CUDA, RTLD_NOW);
  ASSERT_NE(library, nullptr);
  auto getFakeCuda = reinterpret_cast<GetFakeCuda>(dlsym(library, "getFakeCuda"));
  ASSERT_NE(getFakeCuda, nullptr);
  getFakeCuda()->failing = "cuInit";
  EXPECT_EQ(fovea_runtime_open(FAKE_CUDA), FOVEA_NO_DRIVER);
  EXPECT_STREQ(fovea_last_error(),
               "expected a CUDA device, got cuInit: the fake driver fails (700)");

  getFakeCuda()->failing.clear();
  EXPECT_EQ(fovea_runtime_open(FAKE_CUDA), FOVEA_OK);
  EXPECT_EQ(fovea_runtime_open(FAKE_CUDA), FOVEA_OK);
  EXPECT_EQ(fovea_runtime_open(OLD_CUDA), FOVEA_INVALID_ARGUMENT);
}
