//===- Inputs.cpp - arguments of a seed -----------------------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "Garbage.h"
#include "fovea/Dialect/Tile/IR/Tile.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

using namespace mlir;
using namespace fovea;

int64_t InputOptions::tokens() const {
  return std::accumulate(lengths.begin(), lengths.end(), int64_t(0));
}

std::vector<int32_t> InputOptions::cuSeqlens() const {
  std::vector<int32_t> cu{0};
  for (int64_t length : lengths)
    cu.push_back(cu.back() + length);
  return cu;
}

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

static void clearNobodysRows(tile::Buffer &buffer, const InputOptions &options) {
  int64_t tokens = options.tokens();
  if (buffer.shape.front() != tokens)
    return;
  std::vector<int64_t> offsets = clampOffsets(options.garbageOffsets, tokens);
  int64_t rowSize = buffer.size() / std::max<int64_t>(1, tokens);
  auto [least, most] = std::minmax_element(offsets.begin(), offsets.end());
  std::fill(buffer.floats.begin(), buffer.floats.begin() + *least * rowSize, NAN);
  std::fill(buffer.floats.begin() + *most * rowSize, buffer.floats.end(), NAN);
}

static void fillFloats(tile::Buffer &buffer, const InputOptions &options,
                       std::mt19937_64 &random) {
  for (float &value : buffer.floats)
    value = roundTo(buffer.type, options.scale * (2 * uniform(random) - 1));
  if (!options.garbageOffsets.empty())
    return clearNobodysRows(buffer, options);
  if (options.nanSequence < 0 || buffer.shape.front() != options.tokens())
    return;
  std::vector<int32_t> cu = options.cuSeqlens();
  int64_t rowSize = buffer.size() / std::max<int64_t>(1, options.tokens());
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

Arguments fovea::generate(FunctionOpInterface function, const InputOptions &options) {
  Arguments arguments;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[i]);
    if (!type)
      continue;
    bool isCu = type.getRank() == 1 && type.getElementType().isInteger(32);
    SmallVector<int64_t> shape(type.getShape());
    for (int64_t &size : shape)
      if (ShapedType::isDynamic(size))
        size = isCu ? options.lengths.size() + 1 : options.tokens();
    auto buffer =
        std::make_shared<tile::Buffer>(elementTypeOf(type.getElementType()), shape);
    std::mt19937_64 random(options.seed * 1000003 + i);
    bool written = isWritten(function, i);
    if (written)
      buffer->poison();
    else if (isCu)
      buffer->ints =
          options.garbageOffsets.empty() ? options.cuSeqlens() : options.garbageOffsets;
    else if (buffer->isFloat())
      fillFloats(*buffer, options, random);
    else
      fillLists(*buffer, options, random);
    auto name = function.getArgAttrOfType<StringAttr>(i, "tile.name");
    arguments.names.push_back(name ? name.str() : "argument " + std::to_string(i));
    arguments.isOutput.push_back(written);
    arguments.buffers.push_back(std::move(buffer));
  }
  return arguments;
}
