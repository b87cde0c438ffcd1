//===- NoGraphTest.cpp - A driver that lacks a function of graphs ---------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "FakeDevice.h"

using namespace fovea::rt::test;

namespace {
using NoGraph = FakeDevice;
} // namespace

TEST_F(NoGraph, kernels_are_launched_one_by_one) {
  ForwardArguments arguments(100);
  ASSERT_TRUE(forward.launch(arguments.call));
  EXPECT_EQ(countCalls("cuLaunchKernel"), 2u);
  EXPECT_EQ(fake.launches.size(), 2u);
  EXPECT_EQ(fake.graphs, 0);
}
