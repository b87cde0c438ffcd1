//===- Inputs.cpp - arguments of a seed -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "Garbage.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Support/RowCount.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace mlir;
using namespace fovea;

/// Behind the tokens of a sequence whose queries are apart.
static constexpr int64_t kUnusedRows = 3;

static std::vector<int32_t> addUp(llvm::ArrayRef<int64_t> lengths, int64_t more,
                                  int64_t multiple = 1) {
  std::vector<int32_t> offsets{0};
  for (int64_t length : lengths)
    offsets.push_back(offsets.back() + llvm::alignTo(length + more, multiple));
  return offsets;
}

std::vector<int32_t> InputOptions::cuSeqlens() const {
  return addUp(queries.empty() ? lengths : queries, 0);
}

std::vector<int32_t> InputOptions::keySeqlens() const {
  return addUp(lengths, queries.empty() ? 0 : kUnusedRows, tokensPerPage);
}

int64_t InputOptions::tokens() const { return cuSeqlens().back(); }

int64_t InputOptions::keyTokens() const { return keySeqlens().back(); }

static ElementType elementTypeOf(Type type) {
  return type.isF32()    ? ElementType::F32
         : type.isBF16() ? ElementType::BF16
         : type.isF16()  ? ElementType::F16
                         : ElementType::I32;
}

static bool isWritten(FunctionOpInterface function, unsigned i) {
  if (function.getArgAttr(i, "tile.output"))
    return true;
  return llvm::any_of(function.getArgument(i).getUsers(), [&](Operation *user) {
    auto store = dyn_cast<tile::StoreOp>(user);
    return store && store.getView() == function.getArgument(i);
  });
}

/// In [0, 1).
static double uniform(std::mt19937_64 &random) { return (random() >> 11) * 0x1p-53; }

static void clearNobodysRows(tile::Buffer &buffer, llvm::ArrayRef<int32_t> garbage,
                             int64_t tokens) {
  if (buffer.shape.front() != tokens)
    return;
  std::vector<int64_t> offsets = clampOffsets(garbage, tokens);
  int64_t rowSize = buffer.size() / std::max<int64_t>(1, tokens);
  auto [least, most] = std::minmax_element(offsets.begin(), offsets.end());
  std::fill(buffer.floats.begin(), buffer.floats.begin() + *least * rowSize, NAN);
  std::fill(buffer.floats.begin() + *most * rowSize, buffer.floats.end(), NAN);
}

/// NaN in the rows of keys that no token has.
static void clearUnusedRows(tile::Buffer &buffer, const InputOptions &options) {
  std::vector<int32_t> offsets = options.keySeqlens();
  int64_t perRow = options.keyTokens() / std::max<int64_t>(1, buffer.shape.front());
  int64_t rowSize = buffer.size() / std::max<int64_t>(1, buffer.shape.front());
  for (size_t b = 0; b < options.lengths.size(); ++b) {
    int64_t first = offsets[b] / perRow + options.lengths[b] / perRow;
    std::fill(buffer.floats.begin() + first * rowSize,
              buffer.floats.begin() +
                  std::max<int64_t>(first, offsets[b + 1] / perRow) * rowSize,
              NAN);
  }
}

/// Pages of a cache: those of all tokens that there are rows for, and two more.
static int64_t countPages(const InputOptions &options) {
  return options.keyTokens() / options.tokensPerPage + 2;
}

/// Pages in no order; behind those of a sequence's tokens, or anywhere where arrays may
/// say anything, what may be none.
static std::vector<int32_t> makeTable(const InputOptions &options) {
  std::mt19937_64 random(options.seed);
  int64_t page = options.tokensPerPage, pages = countPages(options);
  std::vector<int32_t> table(pages);
  std::iota(table.begin(), table.end(), 0);
  std::shuffle(table.begin(), table.end(), random);
  table.resize(options.keyTokens() / page);
  std::vector<int32_t> offsets = options.keySeqlens();
  for (size_t b = 0; b < options.lengths.size(); ++b)
    for (int64_t i = offsets[b] / page; i < offsets[b + 1] / page; ++i) {
      const int32_t any[] = {-1, std::numeric_limits<int32_t>::max(),
                             std::numeric_limits<int32_t>::min(), int32_t(pages),
                             int32_t(random() % pages)};
      bool isUsed = i * page - offsets[b] < options.lengths[b];
      if (!isUsed || (!options.garbageOffsets.empty() && random() % 2))
        table[i] = any[random() % std::size(any)];
    }
  return table;
}

/// NaN in the slots of a cache [pages, P, H, D], or [pages, H, P, D], of no token.
static void clearUnusedSlots(tile::Buffer &buffer, const InputOptions &options) {
  std::vector<int32_t> offsets = options.keySeqlens(), table = makeTable(options);
  int64_t page = options.tokensPerPage;
  std::vector<bool> isUsed(buffer.shape[0] * page);
  for (size_t b = 0; b < options.lengths.size(); ++b)
    for (int64_t t = 0; t < options.lengths[b]; ++t)
      isUsed[table[(offsets[b] + t) / page] * page + t % page] = true;
  bool isHeadsFirst = buffer.shape[1] != page;
  int64_t columns = buffer.shape[3];
  for (int64_t element = 0; element < buffer.size(); ++element) {
    int64_t row = element / columns, last = row % buffer.shape[2];
    int64_t slot = isHeadsFirst ? last : row / buffer.shape[2] % buffer.shape[1];
    if (!isUsed[row / (buffer.shape[1] * buffer.shape[2]) * page + slot])
      buffer.floats[element] = NAN;
  }
}

static void fillFloats(tile::Buffer &buffer, const InputOptions &options, RowCount rows,
                       std::mt19937_64 &random) {
  bool ofKeys = rows.ofKeys;
  for (float &value : buffer.floats)
    value = roundTo(buffer.type, options.scale * (2 * uniform(random) - 1));
  bool isCache = rows.kind == RowKind::Pages;
  if (isCache && options.garbageOffsets.empty())
    clearUnusedSlots(buffer, options);
  if (isCache)
    return;
  if (!options.garbageOffsets.empty())
    return ofKeys ? clearNobodysRows(buffer, options.garbageKeys, options.keyTokens())
                  : clearNobodysRows(buffer, options.garbageOffsets, options.tokens());
  if (ofKeys)
    clearUnusedRows(buffer, options);
  std::vector<int32_t> cu = ofKeys ? options.keySeqlens() : options.cuSeqlens();
  if (options.nanSequence < 0 || buffer.shape.front() != cu.back())
    return;
  int64_t rowSize = buffer.size() / std::max<int64_t>(1, cu.back());
  std::fill(buffer.floats.begin() + cu[options.nanSequence] * rowSize,
            buffer.floats.begin() + cu[options.nanSequence + 1] * rowSize, NAN);
}

/// Block numbers up to one past the longest sequence's, and some unused slots.
static void fillLists(tile::Buffer &buffer, const InputOptions &options,
                      std::mt19937_64 &random) {
  int64_t longest = *llvm::max_element(options.lengths);
  int64_t numbers = longest / options.listBlock + 3;
  for (int32_t &value : buffer.ints) {
    value = int32_t(random() % numbers) - 1;
    if (options.garbageOffsets.empty() || random() % 2)
      continue;
    const int32_t special[] = {std::numeric_limits<int32_t>::min(),
                               std::numeric_limits<int32_t>::max(),
                               -2,
                               int32_t(numbers) + 1,
                               int32_t(random()),
                               int32_t(random() % 1000)};
    value = special[random() % std::size(special)];
  }
}

/// What the rows of argument `i` count: by `tile.rows`, or by its type.
static RowCount getRows(FunctionOpInterface function, unsigned i, MemRefType type) {
  if (auto text = function.getArgAttrOfType<StringAttr>(i, "tile.rows"))
    if (std::optional<RowCount> rows = parseRowCount(text.getValue()))
      return *rows;
  bool isCu = type.getRank() == 1 && type.getElementType().isInteger(32);
  return isCu ? RowCount::ofSequenceEnds() : RowCount::ofTokens();
}

static int64_t countRows(RowCount rows, const InputOptions &options) {
  if (rows.kind == RowKind::SequenceEnds)
    return options.lengths.size() + 1;
  if (rows.kind == RowKind::Sequences)
    return options.lengths.size();
  if (rows.kind == RowKind::Pages)
    return countPages(options);
  // Of a stride's rows there are as many as of tokens, but where these are apart.
  return rows.ofKeys ? options.keyTokens() / rows.tokensPerRow : options.tokens();
}

/// Where sequences are.
static std::vector<int32_t> getNumbers(RowCount rows, const InputOptions &options) {
  bool isGarbage = !options.garbageOffsets.empty();
  if (rows.kind == RowKind::Sequences)
    return isGarbage
               ? options.garbageLengths
               : std::vector<int32_t>(options.lengths.begin(), options.lengths.end());
  if (rows.ofKeys)
    return isGarbage ? options.garbageKeys : options.keySeqlens();
  return isGarbage ? options.garbageOffsets : options.cuSeqlens();
}

static bool isTable(RowCount rows, MemRefType type) {
  return type.getElementType().isInteger(32) && rows.kind == RowKind::Tokens &&
         rows.ofKeys && rows.tokensPerRow > 1;
}

int64_t fovea::findTokensPerPage(FunctionOpInterface function) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[i]))
      if (RowCount rows = getRows(function, i, type); isTable(rows, type))
        return rows.tokensPerRow;
  return 1;
}

Arguments fovea::generate(FunctionOpInterface function, const InputOptions &options) {
  Arguments arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[i]);
    if (!type)
      continue;
    RowCount rows = getRows(function, i, type);
    bool isOfSequences =
        rows.kind == RowKind::SequenceEnds || rows.kind == RowKind::Sequences;
    SmallVector<int64_t> shape(type.getShape());
    for (int64_t &size : shape)
      if (ShapedType::isDynamic(size))
        size = countRows(rows, options);
    auto buffer =
        std::make_shared<tile::Buffer>(elementTypeOf(type.getElementType()), shape);
    std::mt19937_64 random(options.seed * 1000003 + i);
    bool written = isWritten(function, i);
    if (written)
      buffer->poison();
    else if (isOfSequences)
      buffer->ints = getNumbers(rows, options);
    else if (isTable(rows, type))
      buffer->ints = makeTable(options);
    else if (buffer->isFloat())
      fillFloats(*buffer, options, rows, random);
    else
      fillLists(*buffer, options, random);
    auto name = function.getArgAttrOfType<StringAttr>(i, "tile.name");
    arguments.names.push_back(name ? name.str() : "argument " + std::to_string(i));
    arguments.isOutput.push_back(written);
    arguments.buffers.push_back(std::move(buffer));
  }
  return arguments;
}
