//===- Inputs.h - arguments of a seed ---------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_LIB_FOVEA_INTERPRET_INPUTS_H
#define FOVEA_TEST_LIB_FOVEA_INTERPRET_INPUTS_H

#include "fovea/Interpreter/Interpreter.h"

namespace fovea {

struct InputOptions {
  std::vector<int64_t> lengths; ///< of sequences
  /// Where not empty, how many of each sequence's last tokens are queries, which have
  /// rows of their own; behind its tokens a sequence has rows of keys that are NaN.
  std::vector<int64_t> queries;
  uint64_t seed = 0;
  double scale = 2;         ///< numbers are in [-scale, scale)
  int64_t listBlock = 64;   ///< tokens of a block that index lists name
  int64_t nanSequence = -1; ///< whose rows are NaN in every input
  /// Where not empty, these are the offsets, whatever they say; rows of no sequence are
  /// NaN in every input, and index lists hold any i32.
  std::vector<int32_t> garbageOffsets = {};
  /// The same of keys that are apart, and how many tokens there are of them.
  std::vector<int32_t> garbageKeys = {}, garbageLengths = {};

  /// Where keys lie in pages, of how many tokens each is; else 1.
  int64_t tokensPerPage = 1;

  int64_t tokens() const;    ///< queries, where they are apart
  int64_t keyTokens() const; ///< rows of keys
  std::vector<int32_t> cuSeqlens() const;
  std::vector<int32_t> keySeqlens() const;
};

/// A function's views, in order, and which of them it writes.
struct Arguments {
  std::vector<tile::BufferRef> buffers;
  std::vector<std::string> names;
  std::vector<bool> isOutput;
};

/// The tokens of a page that a table of `function` names, which `tile.rows` of the
/// table says; 1 where there is none.
int64_t findTokensPerPage(mlir::FunctionOpInterface function);

/// Values for every view of `function`: cu_seqlens for a vector of i32, lists of blocks
/// for other i32, numbers else. Pages are in no order, and slots of no token NaN.
/// Dynamic sizes are the tokens, but where `tile.rows` says that they count keys,
/// sequences or ends of them. Outputs, those of `tile.output` or that a kernel stores
/// to, hold what nobody wrote.
Arguments generate(mlir::FunctionOpInterface function, const InputOptions &options);

} // namespace fovea

#endif // FOVEA_TEST_LIB_FOVEA_INTERPRET_INPUTS_H
