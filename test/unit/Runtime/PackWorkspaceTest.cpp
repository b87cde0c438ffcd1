//===- PackWorkspaceTest.cpp - Lives that meet share no byte --------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PackWorkspace.h"

#include "gtest/gtest.h"
#include <random>

using namespace fovea::rt;

namespace {

WorkspaceLayout pack(const std::vector<WorkspaceItem> &items) {
  WorkspaceLayout layout;
  Status status = packWorkspace(items, layout);
  EXPECT_FALSE(status.failed()) << status.getText();
  return layout;
}

/// The definition, byte by byte and launch by launch: no byte has two owners.
void expectNothingShared(const std::vector<WorkspaceItem> &items,
                         const WorkspaceLayout &layout, uint32_t launches) {
  for (uint32_t launch = 0; launch < launches; ++launch) {
    std::vector<int> owners(layout.bytes, 0);
    for (size_t i = 0; i < items.size(); ++i) {
      if (launch < items[i].first || launch > items[i].last)
        continue;
      for (int64_t byte = 0; byte < items[i].bytes; ++byte)
        ASSERT_EQ(owners.at(layout.offsets[i] + byte)++, 0) << "item " << i;
    }
  }
}

} // namespace

TEST(PackWorkspace, nothing) { EXPECT_EQ(pack({}).bytes, 0); }

TEST(PackWorkspace, lives_that_do_not_meet_share) {
  WorkspaceLayout layout = pack({{1000, 0, 0}, {500, 1, 2}, {100, 0, 1}});
  EXPECT_EQ(layout.offsets, (std::vector<int64_t>{0, 0, 1024}));
  EXPECT_EQ(layout.bytes, 1280);
}

TEST(PackWorkspace, a_gap_is_filled) {
  WorkspaceLayout layout = pack({{256, 0, 0}, {256, 0, 1}, {256, 1, 1}, {512, 1, 1}});
  EXPECT_EQ(layout.offsets, (std::vector<int64_t>{0, 256, 0, 512}));
}

TEST(PackWorkspace, empty_items_take_nothing) {
  WorkspaceLayout layout = pack({{0, 0, 3}, {256, 0, 3}, {0, 0, 3}});
  EXPECT_EQ(layout.bytes, 256);
}

TEST(PackWorkspace, too_large) {
  WorkspaceLayout layout;
  EXPECT_EQ(packWorkspace({{INT64_MAX, 0, 0}}, layout).getCode(),
            FOVEA_INVALID_ARGUMENT);
  EXPECT_EQ(packWorkspace({{INT64_MAX / 2, 0, 0}, {INT64_MAX / 2 + 1, 0, 0}}, layout)
                .getCode(),
            FOVEA_INVALID_ARGUMENT);
}

TEST(PackWorkspace, random_lives_share_nothing) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    uint32_t launches = 1 + random() % 6;
    std::vector<WorkspaceItem> items(random() % 9);
    int64_t sum = 0;
    for (WorkspaceItem &item : items) {
      item.bytes = random() % 4 == 0 ? 0 : random() % 2000;
      item.first = random() % launches;
      item.last = item.first + random() % (launches - item.first);
      sum += (item.bytes + workspaceAlignment - 1) / workspaceAlignment *
             workspaceAlignment;
    }
    WorkspaceLayout layout = pack(items);
    expectNothingShared(items, layout, launches);
    EXPECT_LE(layout.bytes, sum);
    EXPECT_EQ(layout.bytes % workspaceAlignment, 0);
    for (int64_t offset : layout.offsets)
      EXPECT_EQ(offset % workspaceAlignment, 0);
    EXPECT_EQ(pack(items).offsets, layout.offsets);
  }
}
