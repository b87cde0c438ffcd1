//===- PageTables.cpp - caches to run a function on -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "PageTables.h"

#include "Random.h"
#include "llvm/Support/MathExtras.h"

#include <limits>
#include <numeric>

using namespace fovea;
using reference::Array;
using reference::Sequences;

int64_t fovea::countPages(int64_t keyTokens, int64_t tokensPerPage) {
  constexpr int64_t kSpare = 2;
  return keyTokens / tokensPerPage + kSpare;
}

std::vector<int32_t> fovea::makePageTable(const Sequences &sequences,
                                          int64_t tokensPerPage, uint64_t seed) {
  Random random(seed, "pages");
  int64_t pages = countPages(sequences.numKeyRows(), tokensPerPage);
  std::vector<int32_t> table(pages);
  std::iota(table.begin(), table.end(), 0);
  for (int64_t i = pages; i-- > 1;)
    std::swap(table[i], table[random.below(i + 1)]);
  table.resize(sequences.numKeyRows() / tokensPerPage);
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t used = llvm::divideCeil(sequences.length(b), tokensPerPage);
    int64_t end = sequences.offsets[b + 1] / tokensPerPage;
    for (int64_t i = sequences.begin(b) / tokensPerPage + used; i < end; ++i) {
      const int32_t unused[] = {-1, std::numeric_limits<int32_t>::max(),
                                int32_t(random.below(pages))};
      table[i] = unused[random.below(std::size(unused))];
    }
  }
  return table;
}

std::vector<int64_t> fovea::getPackedShape(const ArrayInfo &info, int64_t keyTokens) {
  attn::GatherPagesOp op = info.pages;
  return {keyTokens / info.tokensPerPage * op.getSlots(), op.getHeads(),
          info.shape.back()};
}

Array fovea::scatterToPages(const ArrayInfo &info, const Array &rows,
                            const Sequences &sequences, uint64_t seed) {
  attn::GatherPagesOp op = info.pages;
  std::vector<int32_t> table = makePageTable(sequences, info.tokensPerPage, seed);
  std::vector<int64_t> shape = info.shape;
  if (mlir::ShapedType::isDynamic(shape.front()))
    shape.front() = countPages(sequences.numKeyRows(), info.tokensPerPage);
  Array cache(shape, std::numeric_limits<double>::quiet_NaN());
  int64_t slots = op.getSlots(), perRow = info.tokensPerPage / slots;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t first = sequences.begin(b) / perRow;
    for (int64_t row = first; row < first + sequences.length(b) / perRow; ++row) {
      int64_t page = table[row / slots], slot = row % slots;
      for (int64_t head = 0; head < op.getHeads() && page < shape.front(); ++head) {
        auto from = rows.slice(row, head);
        auto to = op.getHeadsFirst() ? cache.slice(page, head, slot)
                                     : cache.slice(page, slot, head);
        std::copy(from.begin(), from.end(), to.begin());
      }
    }
  }
  return cache;
}
