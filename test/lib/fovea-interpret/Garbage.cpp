//===- Garbage.cpp - offsets that are none, and what they give ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Garbage.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace fovea;

static constexpr int32_t kLeast = std::numeric_limits<int32_t>::min();
static constexpr int32_t kMost = std::numeric_limits<int32_t>::max();

std::vector<int32_t> fovea::drawOffsets(uint64_t seed, int64_t tokens, int64_t count) {
  std::mt19937_64 random(seed * 7919 + 17);
  auto below = [&](int64_t end) {
    return int64_t(random() % std::max<int64_t>(end, 1));
  };
  std::vector<int32_t> offsets(count);
  for (int32_t &offset : offsets)
    offset = below(tokens + 1);
  llvm::sort(offsets);
  int32_t &first = offsets.front(), &last = offsets.back();
  const int32_t special[] = {
      kLeast, kMost, -1, 0, 16, 64, int32_t(tokens), int32_t(tokens) + 1};
  switch (seed % 8) {
  case 0: // sound
    first = 0, last = tokens;
    break;
  case 1: // not from 0, mostly by 16 or 64
    first = random() % 2 ? 16 : 64;
    for (int32_t &offset : offsets)
      offset = std::max(offset, first);
    break;
  case 2: // past the tokens
    last = random() % 2 ? tokens + 1 + below(1000) : kMost;
    break;
  case 3: // negative
    first = random() % 2 ? -1 - below(1000) : kLeast;
    break;
  case 4:
    llvm::fill(offsets, offsets[below(count)]);
    break;
  case 5:
    std::shuffle(offsets.begin(), offsets.end(), random);
    break;
  case 6:
    for (int32_t &offset : offsets)
      offset = special[below(std::size(special))];
    break;
  case 7:
    for (int32_t &offset : offsets)
      offset = int32_t(random());
    break;
  }
  return offsets;
}

std::vector<int64_t> fovea::clampOffsets(llvm::ArrayRef<int32_t> offsets,
                                         int64_t tokens) {
  std::vector<int64_t> clamped;
  for (int32_t offset : offsets)
    clamped.push_back(std::clamp<int64_t>(offset, 0, tokens));
  return clamped;
}

/// Whether element `i` is what an empty key set gives.
static bool isEmptyValue(const tile::Buffer &buffer, int64_t i) {
  if (!buffer.isFloat())
    return buffer.ints[i] == -1;
  return buffer.floats[i] == (buffer.shape.size() == 2 ? -INFINITY : 0.0f);
}

std::vector<std::string> fovea::findUndefined(const Arguments &outputs,
                                              llvm::ArrayRef<int64_t> offsets,
                                              int64_t tokens, bool rowsAreTokens) {
  std::vector<std::string> lines;
  for (size_t i = 0; i < outputs.buffers.size(); ++i) {
    const tile::Buffer &buffer = *outputs.buffers[i];
    if (!outputs.isOutput[i] || buffer.shape.front() != tokens)
      continue;
    int64_t rowSize = buffer.size() / std::max<int64_t>(tokens, 1), undefined = 0;
    for (int64_t element = 0; element < buffer.size(); ++element) {
      int64_t row = element / rowSize;
      bool isOwned = !rowsAreTokens || (row >= offsets.front() && row < offsets.back());
      bool isGood = buffer.writers[element] &&
                    (isOwned ? !buffer.isFloat() || !std::isnan(buffer.floats[element])
                             : isEmptyValue(buffer, element));
      undefined += !isGood;
    }
    if (undefined)
      lines.push_back(llvm::formatv("{0}: {1} of {2} elements are not defined",
                                    outputs.names[i], undefined, buffer.size()));
  }
  return lines;
}
