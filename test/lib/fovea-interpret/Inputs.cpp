//===- Inputs.cpp - arguments of a seed -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "Garbage.h"
#include "fovea/Dialect/Tile/IR/Tile.h"
#include "fovea/Support/RowCount.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace fovea;

/// Behind the tokens of a sequence whose queries are apart.
static constexpr int64_t kUnusedRows = 3;

static std::vector<int32_t> addUp(llvm::ArrayRef<int64_t> lengths, int64_t more) {
  std::vector<int32_t> offsets{0};
  for (int64_t length : lengths)
    offsets.push_back(offsets.back() + length + more);
  return offsets;
}

std::vector<int32_t> InputOptions::cuSeqlens() const {
  return addUp(queries.empty() ? lengths : queries, 0);
}

std::vector<int32_t> InputOptions::keySeqlens() const {
  return addUp(lengths, queries.empty() ? 0 : kUnusedRows);
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

static void fillFloats(tile::Buffer &buffer, const InputOptions &options, bool ofKeys,
                       std::mt19937_64 &random) {
  for (float &value : buffer.floats)
    value = roundTo(buffer.type, options.scale * (2 * uniform(random) - 1));
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
    else if (buffer->isFloat())
      fillFloats(*buffer, options, rows.ofKeys, random);
    else
      fillLists(*buffer, options, random);
    auto name = function.getArgAttrOfType<StringAttr>(i, "tile.name");
    arguments.names.push_back(name ? name.str() : "argument " + std::to_string(i));
    arguments.isOutput.push_back(written);
    arguments.buffers.push_back(std::move(buffer));
  }
  return arguments;
}
