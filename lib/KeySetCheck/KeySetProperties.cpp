//===- KeySetProperties.cpp - the contract of a key set, tried ------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/KeySetCheck/KeySetProperties.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace fovea::attn;
using llvm::formatv;

/// Widths of key blocks that schedules have.
static std::vector<int64_t> getWidths() {
  std::vector<int64_t> widths = {1, 2, 4, 8};
  for (int64_t width = 16; width <= 256; width += 16)
    widths.push_back(width);
  return widths;
}

KeySetChecker::KeySetChecker(KeySetInterface set, uint32_t seed)
    : set(set), evaluator(set.getContext()), random(seed), keyBlocks(getWidths()) {
  llvm::erase_if(keyBlocks, [&](int64_t width) {
    return set.getIndexBlock() % width != 0; // 0 where any will do
  });
}

int64_t KeySetChecker::draw(int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(random);
}

int64_t KeySetChecker::nextKeyBlock() {
  return keyBlocks[nextWidth++ % keyBlocks.size()];
}

Span KeySetChecker::drawQueries() {
  int64_t first = draw(0, length - 1);
  return {first, std::min(length, first + draw(1, 40))};
}

std::vector<int64_t> KeySetChecker::tryAround(std::initializer_list<int64_t> edges) {
  std::vector<int64_t> queries = {draw(0, length - 1)};
  for (int64_t edge : edges)
    for (int64_t query : {edge - 1, edge})
      if (query >= 0 && query < length)
        queries.push_back(query);
  return queries;
}

std::vector<int64_t> KeySetChecker::sample(Span range) {
  constexpr int64_t some = 8;
  int64_t size = std::max<int64_t>(range.end - range.begin, 0);
  std::vector<int64_t> positions;
  // Sequences of up to 300 tokens are tried as a whole.
  if (length <= 300 || size <= some) {
    for (int64_t i = range.begin; i < range.end; ++i)
      positions.push_back(i);
    return positions;
  }
  positions = {range.begin, range.begin + 1, range.end - 2, range.end - 1};
  while (int64_t(positions.size()) < some)
    positions.push_back(draw(range.begin, range.end - 1));
  return positions;
}

bool KeySetChecker::sees(int64_t t, int64_t u) {
  if (u >= set.getNumKeys(length))
    return false;
  if (!set.needsIndices())
    return set.contains(length, t, u, {});
  return set.contains(length, t, u, {int32_t(u / set.getIndexBlock())});
}

KeySetFault KeySetChecker::report(const std::string &text) const {
  return evaluator.getFault() ? *evaluator.getFault() : text;
}

KeySetFault KeySetChecker::forLengths(llvm::function_ref<KeySetFault()> check,
                                      int64_t longest) {
  std::vector<int64_t> lengths = {1, 2, 15, 16, 31, 32, 33, 63, 64, 65, 128};
  for (size_t i = 0; i < 2 * keyBlocks.size(); ++i)
    lengths.push_back(draw(1, 300));
  for (int i = 0; i < 4; ++i)
    lengths.push_back(draw(longest / 10, longest));
  for (int64_t drawn : lengths) {
    length = drawn;
    if (KeySetFault fault = check())
      return fault;
  }
  return evaluator.getFault();
}

KeySetFault KeySetChecker::checkNumKeysOf(int64_t tokens) {
  length = tokens;
  int64_t emitted = evaluator.numKeys(set, length), keys = set.getNumKeys(length);
  if (emitted != keys)
    return report(formatv("length {0}: expected emitNumKeys to give {1}, as getNumKeys "
                          "does, got {2}",
                          length, keys, emitted));
  // The rows of the next sequence begin at most that many rows later.
  int64_t rows = length / set.getKeyStride();
  if (keys < 0 || keys > rows)
    return report(
        formatv("length {0}: expected getNumKeys to give 0 to {1}, the rows of "
                "{2} tokens each that getKeyStride leaves, got {3}",
                length, rows, set.getKeyStride(), keys));
  return std::nullopt;
}

KeySetFault KeySetChecker::checkNumKeys() {
  for (int64_t tokens = 0; tokens < 200; ++tokens)
    if (KeySetFault fault = checkNumKeysOf(tokens))
      return fault;
  for (int i = 0; i < 100; ++i)
    if (KeySetFault fault = checkNumKeysOf(draw(200, 1 << 20)))
      return fault;
  return evaluator.getFault();
}

KeySetFault KeySetChecker::checkVisits() {
  return forLengths([&]() -> KeySetFault {
    int64_t keyBlock = nextKeyBlock(), keys = set.getNumKeys(length);
    Span queries = drawQueries();
    auto [visited, full] = evaluator.visits(set, length, queries, keyBlock);
    std::string place = formatv("length {0}, queries {1} to {2}, key blocks of {3}",
                                length, queries.begin, queries.end - 1, keyBlock);
    for (int64_t t = queries.begin; t < queries.end; ++t)
      for (int64_t u = 0; u < keys; ++u)
        if (sees(t, u) && !visited.contains(u / keyBlock))
          return report(
              formatv("{0}: expected block {1} to be visited, since query {2} "
                      "sees key {3}, got visits of [{4}, {5})",
                      place, u / keyBlock, t, u, visited.begin, visited.end));
    int64_t blocks = llvm::divideCeil(keys, keyBlock);
    if (visited.begin < 0 || visited.end > blocks)
      return report(formatv("{0}: expected visits of blocks 0 to {1}, got [{2}, {3})",
                            place, blocks - 1, visited.begin, visited.end));
    if (full.begin < full.end && (full.begin < visited.begin || full.end > visited.end))
      return report(
          formatv("{0}: expected full blocks that are visited, of [{1}, {2}), "
                  "got [{3}, {4})",
                  place, visited.begin, visited.end, full.begin, full.end));
    return std::nullopt;
  });
}

KeySetFault KeySetChecker::checkMaskOf(Span queries, int64_t block, int64_t keyBlock,
                                       bool isFull) {
  Span keys = {block * keyBlock, (block + 1) * keyBlock};
  std::vector<bool> mask = evaluator.mask(set, length, queries, keys);
  for (int64_t t = queries.begin; t < queries.end; ++t)
    for (int64_t u = keys.begin; u < keys.end; ++u) {
      bool seen = isFull || mask[(t - queries.begin) * keyBlock + u - keys.begin];
      if (seen == sees(t, u))
        continue;
      return report(formatv("length {0}, query {1}, key {2}: expected {3}, got {4} {5} "
                            "block {6} of {7} keys",
                            length, t, u, sees(t, u) ? "to see it" : "not to see it",
                            seen ? "that it sees it" : "that it does not",
                            isFull ? "from full" : "from the mask of", block,
                            keyBlock));
    }
  return std::nullopt;
}

KeySetFault KeySetChecker::checkMask() {
  return forLengths([&]() -> KeySetFault {
    int64_t keyBlock = nextKeyBlock();
    Span queries = drawQueries();
    auto [visited, full] = evaluator.visits(set, length, queries, keyBlock);
    // Blocks that do not exist are the fault of checkVisits.
    int64_t blocks = llvm::divideCeil(set.getNumKeys(length), keyBlock);
    Span there = {std::max<int64_t>(visited.begin, 0), std::min(visited.end, blocks)};
    std::vector<int64_t> tried = sample(there);
    for (int64_t edge : {full.begin - 1, full.begin, full.end - 1, full.end})
      if (there.contains(edge))
        tried.push_back(edge);
    for (int64_t block : tried)
      if (KeySetFault fault =
              checkMaskOf(queries, block, keyBlock, full.contains(block)))
        return fault;
    return std::nullopt;
  });
}

KeySetFault KeySetChecker::checkTransposeOf(int64_t block, int64_t keyBlock) {
  auto [queries, full] = evaluator.transpose(set, length, block, keyBlock);
  int64_t end = std::min(set.getNumKeys(length), (block + 1) * keyBlock);
  for (int64_t u : sample({block * keyBlock, end}))
    for (int64_t t = 0; t < length; ++t)
      if (sees(t, u) && !queries.contains(t))
        return report(
            formatv("length {0}, key block {1} of {2}: expected query {3} in it, "
                    "which sees key {4}, got [{5}, {6})",
                    length, block, keyBlock, t, u, queries.begin, queries.end));
  for (int64_t bound : {queries.begin, queries.end, full.begin, full.end})
    if (bound < 0)
      return report(formatv("length {0}, key block {1} of {2}: expected queries from 0 "
                            "on, got [{3}, {4}) and full ones of [{5}, {6})",
                            length, block, keyBlock, queries.begin, queries.end,
                            full.begin, full.end));
  if (full.begin < full.end && (full.begin < queries.begin || full.end > queries.end))
    return report(formatv(
        "length {0}, key block {1} of {2}: expected full queries that "
        "are in [{3}, {4}), got [{5}, {6})",
        length, block, keyBlock, queries.begin, queries.end, full.begin, full.end));
  for (int64_t t : tryAround({full.begin, full.end}))
    for (int64_t u = block * keyBlock; u < (block + 1) * keyBlock; ++u)
      if (full.contains(t) && !sees(t, u))
        return report(
            formatv("length {0}, key block {1} of {2}: expected full queries to see "
                    "all keys of it, got query {3}, which does not see key {4}",
                    length, block, keyBlock, t, u));
  return std::nullopt;
}

KeySetFault KeySetChecker::checkTranspose() {
  return forLengths([&]() -> KeySetFault {
    int64_t keyBlock = nextKeyBlock();
    int64_t blocks = llvm::divideCeil(set.getNumKeys(length), keyBlock);
    for (int64_t block : sample({0, blocks}))
      if (KeySetFault fault = checkTransposeOf(block, keyBlock))
        return fault;
    return std::nullopt;
  });
}

KeySetFault KeySetChecker::checkTransposedMask() {
  return forLengths([&]() -> KeySetFault {
    int64_t keyBlock = nextKeyBlock();
    int64_t blocks = llvm::divideCeil(set.getNumKeys(length), keyBlock);
    for (int64_t block : sample({0, blocks})) {
      Span queries = evaluator.transpose(set, length, block, keyBlock).seeing;
      for (int64_t t : tryAround({queries.begin, queries.end}))
        if (KeySetFault fault =
                checkMaskOf({t, t + 1}, block, keyBlock, /*isFull=*/false))
          return fault;
    }
    return std::nullopt;
  });
}

KeySetFault KeySetChecker::checkScalarMask() {
  length = 100;
  Span keys = {0, std::min<int64_t>(70, set.getNumKeys(length))};
  std::vector<bool> mask = evaluator.mask(set, length, {40, 60}, keys);
  for (int64_t t = 40, i = 0; t < 60; ++t)
    for (int64_t u = keys.begin; u < keys.end; ++u, ++i)
      if (evaluator.maskAt(set, length, t, u) != mask[i])
        return report(formatv("query {0}, key {1}: expected the mask of scalars to be "
                              "that of tensors, {2}, got {3}",
                              t, u, int(mask[i]), int(!mask[i])));
  return evaluator.getFault();
}

KeySetFault KeySetChecker::checkFarMask() {
  // Positions of an i32's size: no mask may overflow on a tile past the end.
  int64_t far = (int64_t(1) << 30) - 1;
  length = far + 1;
  int64_t last = set.getNumKeys(length) - 1;
  for (int64_t u : {last - 100, last, last + 1, last + 64})
    if (evaluator.maskAt(set, length, far, u) != sees(far, u))
      return report(formatv("length {0}, query {1}, key {2}: expected {3} of the mask, "
                            "got {4}",
                            length, far, u, int(sees(far, u)), int(!sees(far, u))));
  return evaluator.getFault();
}

int64_t KeySetChecker::countPairs(int64_t count) {
  int64_t pairs = 0;
  for (int64_t t = 0; t < length; ++t) {
    std::vector<int32_t> list;
    if (set.needsIndices())
      for (int64_t block = t / set.getIndexBlock(), i = 0; i < count; ++i, --block)
        list.push_back(block < 0 ? -1 : block);
    for (int64_t u = 0; u < set.getNumKeys(length); ++u)
      pairs += set.contains(length, t, u, list);
  }
  return pairs;
}

KeySetFault KeySetChecker::checkCost() {
  // Lists are modelled as the `count` nearest blocks, the query's own included.
  for (int64_t count : {1, 3}) {
    KeySetFault fault = forLengths(
        [&]() -> KeySetFault {
          int64_t pairs = countPairs(count);
          double cost = set.getCost(length, count);
          if (cost == pairs)
            return std::nullopt;
          return report(
              formatv("length {0}, lists of {1}: expected a cost of {2} pairs, "
                      "got {3}",
                      length, count, pairs, llvm::format("%.15g", cost)));
        },
        /*longest=*/1000);
    if (fault)
      return fault;
  }
  return std::nullopt;
}

llvm::ArrayRef<KeySetProperty> fovea::attn::getKeySetProperties() {
  static const KeySetProperty properties[] = {
      {"number of keys", &KeySetChecker::checkNumKeys},
      {"visits", &KeySetChecker::checkVisits},
      {"mask", &KeySetChecker::checkMask},
      {"transpose", &KeySetChecker::checkTranspose},
      {"transposed mask", &KeySetChecker::checkTransposedMask},
      {"mask of scalars", &KeySetChecker::checkScalarMask},
      {"mask far out", &KeySetChecker::checkFarMask},
      {"cost", &KeySetChecker::checkCost},
  };
  return properties;
}
