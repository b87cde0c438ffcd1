//===- PackWorkspace.cpp - Where intermediates lie ------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PackWorkspace.h"
#include "CheckedMath.h"

#include <algorithm>

using namespace fovea::rt;

namespace {
struct Range {
  int64_t begin, end;
};
} // namespace

static bool liveTogether(const WorkspaceItem &a, const WorkspaceItem &b) {
  return a.first <= b.last && b.first <= a.last;
}

Status fovea::rt::packWorkspace(const std::vector<WorkspaceItem> &items,
                                WorkspaceLayout &layout) {
  layout = WorkspaceLayout();
  std::vector<Range> taken; // by earlier items that live beside this one
  for (size_t i = 0; i < items.size(); ++i) {
    int64_t bytes = 0, end = 0;
    bool fits = checkedAlign(items[i].bytes, workspaceAlignment, bytes);
    taken.clear();
    for (size_t j = 0; j < i; ++j)
      if (liveTogether(items[i], items[j]))
        taken.push_back({layout.offsets[j], layout.offsets[j] + items[j].bytes});
    std::sort(taken.begin(), taken.end(),
              [](const Range &a, const Range &b) { return a.begin < b.begin; });

    int64_t offset = 0;
    for (const Range &range : taken) {
      if (range.begin - offset >= bytes)
        break;
      int64_t after = 0;
      fits = fits && checkedAlign(range.end, workspaceAlignment, after);
      offset = std::max(offset, after);
    }
    if (!fits || !checkedAdd(offset, bytes, end))
      return invalidArgument("expected intermediates that fit 64-bit addresses, got "
                             "more: the arrays are too large");
    layout.offsets.push_back(offset);
    layout.bytes = std::max(layout.bytes, end);
  }
  return {};
}
