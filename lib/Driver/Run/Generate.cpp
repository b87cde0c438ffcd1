//===- Generate.cpp - values of a seed ------------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Generate.h"

#include "FindSequences.h"
#include "PageTables.h"
#include "Random.h"
#include "fovea/Reference/Array.h"

#include <limits>
#include <set>

using namespace fovea;
using reference::Sequences;

/// Dyadic keys repeat with this period in tokens: blocks of 64 and less that
/// are a period apart hold the same keys.
static constexpr int64_t dyadicPeriod = 256;

static double drawDyadic(Random &random) { return (random.below(9) - 4) / 4.0; }

/// Fills rows [T, ...] along each sequence.
static void fillRows(const ArrayInfo &info, const WorkloadOptions &options,
                     const Sequences &sequences, reference::Array &array) {
  Random random(options.seed, info.name);
  bool alongTokens = info.rows.kind == RowKind::Tokens && array.dim(0) > 0;
  if (options.data == DataKind::Normal || !alongTokens) {
    for (double &value : array.data)
      value = random.normal();
    return;
  }
  int64_t rowSize = array.data.size() / array.dim(0);
  int64_t perRow = info.rows.tokensPerRow;
  int64_t period = std::max<int64_t>(1, dyadicPeriod / perRow);
  bool repeats = info.name != "q";
  int64_t begin = 0;
  const std::vector<int32_t> &offsets =
      info.rows.ofKeys ? sequences.offsets : sequences.getQueryOffsets();
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t end = offsets[b + 1] / perRow;
    for (int64_t row = begin; row < end; ++row)
      for (int64_t i = row * rowSize; i < (row + 1) * rowSize; ++i) {
        int64_t position = row - begin;
        if (options.data == DataKind::Dyadic)
          array.data[i] = repeats && position >= period
                              ? array.data[i - period * rowSize]
                              : drawDyadic(random);
        else // a stationary walk: the variance stays 1
          array.data[i] = position == 0
                              ? random.normal()
                              : 0.95 * array.data[i - rowSize] +
                                    std::sqrt(1 - 0.95 * 0.95) * random.normal();
      }
    begin = end;
  }
}

/// Rows of keys behind a sequence's last token are not numbers, for nobody may read
/// them.
static void spoilUnusedRows(const ArrayInfo &info, const Sequences &sequences,
                            reference::Array &array) {
  int64_t perRow = info.rows.tokensPerRow;
  for (int64_t b = 0; b < sequences.size(); ++b) {
    int64_t end = sequences.offsets[b + 1] / perRow;
    int64_t first = sequences.begin(b) / perRow + sequences.length(b) / perRow;
    for (int64_t row = first; row < end; ++row)
      for (double &value : array.slice(row))
        value = std::numeric_limits<double>::quiet_NaN();
  }
}

/// Weights that keep the size of what they multiply: N(0, 1 / fan-in). A number per
/// head multiplies nothing of a row: N(0, 1).
static void fillParameter(const ArrayInfo &info, const WorkloadOptions &options,
                          reference::Array &array) {
  Random random(options.seed, info.name);
  // The last axis of a matrix is its output; a vector is all input.
  int64_t fanIn = array.rank() == 1   ? 1
                  : array.rank() == 2 ? array.shape.back()
                                      : reference::getNumElements(array.shape) /
                                            array.dim(0) / array.shape.back();
  for (double &value : array.data)
    value = options.data == DataKind::Dyadic
                ? drawDyadic(random) / 4
                : random.normal() / std::sqrt(double(fanIn));
}

/// Lists of up to n distinct blocks, the query's own first.
static void fillIndices(const ArrayInfo &info, const WorkloadOptions &options,
                        const Sequences &sequences, reference::Array &array) {
  Random random(options.seed, info.name);
  std::fill(array.data.begin(), array.data.end(), -1);
  for (int64_t b = 0; b < sequences.size(); ++b)
    for (int64_t t = sequences.firstPosition(b); t < sequences.length(b); ++t)
      for (int64_t g = 0; g < array.dim(1); ++g) {
        int64_t row = sequences.queryRow(b, t);
        auto list = array.slice(row, g);
        int64_t own = t / info.block;
        int64_t count = std::min<int64_t>(list.size(), own + 1);
        std::set<int64_t> chosen{own};
        while (int64_t(chosen.size()) < count)
          chosen.insert(random.below(own + 1));
        std::copy(chosen.begin(), chosen.end(), list.begin());
      }
}

/// The same rows as a packed array would have, in pages.
static reference::Array generateCache(const ArrayInfo &info,
                                      const WorkloadOptions &options,
                                      const Sequences &sequences) {
  ArrayInfo packed = info;
  packed.shape = getPackedShape(info, sequences.numKeyRows());
  packed.rows =
      RowCount::ofTokens(info.tokensPerPage / packed.pages.getSlots()).toKeys();
  reference::Array rows(packed.shape);
  fillRows(packed, options, sequences, rows);
  return scatterToPages(info, rows, sequences, options.seed);
}

NpyArray fovea::generate(const ArrayInfo &info, const WorkloadOptions &options,
                         const Sequences &sequences) {
  if (info.pages) {
    reference::Array cache = generateCache(info, options, sequences);
    return {info.type, cache.shape, encodeAll(info.type, cache.data)};
  }
  reference::Array array(info.getShape(getSizes(sequences)));
  switch (info.role) {
  case Role::Rows:
    fillRows(info, options, sequences, array);
    if (info.rows.ofKeys)
      spoilUnusedRows(info, sequences, array);
    break;
  case Role::GateValues: {
    Random random(options.seed, info.name);
    for (double &value : array.data)
      value =
          options.data == DataKind::Dyadic ? random.below(5) / 4.0 : random.uniform();
    break;
  }
  case Role::Parameter:
    fillParameter(info, options, array);
    break;
  case Role::Indices:
    fillIndices(info, options, sequences, array);
    break;
  case Role::CuSeqlens: {
    const std::vector<int32_t> &offsets =
        info.rows.ofKeys ? sequences.offsets : sequences.getQueryOffsets();
    array.data.assign(offsets.begin(), offsets.end());
    break;
  }
  case Role::Lengths:
    array.data.assign(sequences.lengths.begin(), sequences.lengths.end());
    break;
  case Role::PageTable: {
    std::vector<int32_t> table =
        makePageTable(sequences, info.rows.tokensPerRow, options.seed);
    array.data.assign(table.begin(), table.end());
    break;
  }
  }
  return {info.type, array.shape, encodeAll(info.type, array.data)};
}
