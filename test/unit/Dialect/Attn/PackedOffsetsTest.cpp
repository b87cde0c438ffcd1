//===- PackedOffsetsTest.cpp - packed rows need no scan -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Where sequence b starts in a packed intermediate is a function of cu_seqlens[b]
// alone: key rows at cu[b] / d (see the attn dialect), tiles at cu[b] / step + b (see
// tile.locate). The host allocates from T and B; nothing may overlap or stick out.
//
//===----------------------------------------------------------------------===//

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <random>

using namespace fovea::attn;

/// cu_seqlens of a random ragged batch; lengths of 0 and around `near` are common.
static std::vector<int64_t> drawBatch(std::mt19937 &random, int64_t near) {
  auto draw = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  std::vector<int64_t> cu{0};
  for (int64_t sequences = draw(0, 12); sequences > 0; --sequences) {
    int64_t lengths[] = {0,    1,        std::max<int64_t>(0, near - 1),
                         near, near + 1, draw(0, 4 * near)};
    cu.push_back(cu.back() + lengths[draw(0, 5)]);
  }
  return cu;
}

TEST(PackedOffsets, WindowsDoNotOverlapAndFit) {
  mlir::MLIRContext context;
  context.loadDialect<AttnDialect>();
  std::mt19937 random(7);
  for (const char *text : {"#attn.compressed<block = 32, stride = 16>",
                           "#attn.compressed<block = 16, stride = 16>",
                           "#attn.compressed<block = 64, stride = 8>",
                           "#attn.compressed<block = 1, stride = 1>", "#attn.causal"}) {
    auto set = mlir::cast<KeySetInterface>(mlir::parseAttribute(text, &context));
    int64_t stride = set.getKeyStride();
    for (int round = 0; round < 500; ++round) {
      std::vector<int64_t> cu = drawBatch(random, 2 * stride);
      int64_t free = 0; // the first row that no earlier sequence uses
      for (size_t b = 0; b + 1 < cu.size(); ++b) {
        int64_t rows = set.getNumKeys(cu[b + 1] - cu[b]);
        if (rows == 0)
          continue;
        ASSERT_GE(cu[b] / stride, free) << text << ", sequence " << b;
        free = cu[b] / stride + rows;
      }
      ASSERT_LE(free, cu.back() / stride) << text;
    }
  }
}

TEST(PackedOffsets, TilesDoNotOverlapAndFit) {
  std::mt19937 random(8);
  for (int64_t step : {1, 3, 8, 16, 64})
    for (int round = 0; round < 500; ++round) {
      std::vector<int64_t> cu = drawBatch(random, step);
      int64_t sequences = cu.size() - 1, free = 0;
      for (int64_t b = 0; b < sequences; ++b) {
        int64_t start = cu[b] / step + b;
        ASSERT_GE(start, free) << "step " << step << ", sequence " << b;
        free = start + (cu[b + 1] - cu[b] + step - 1) / step;
      }
      ASSERT_LE(free, cu.back() / step + sequences) << "step " << step;
    }
}
