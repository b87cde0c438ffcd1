//===- Garbage.h - offsets that are none, and what they give ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TEST_LIB_FOVEA_INTERPRET_GARBAGE_H
#define FOVEA_TEST_LIB_FOVEA_INTERPRET_GARBAGE_H

#include "Inputs.h"

namespace fovea {

/// `count` offsets of a kind that `seed` draws: sound, not from 0, not up to `tokens`,
/// past it, negative, all equal, in no order, or any i32.
std::vector<int32_t> drawOffsets(uint64_t seed, int64_t tokens, int64_t count);

/// The same, each clamped to [0, tokens].
std::vector<int64_t> clampOffsets(llvm::ArrayRef<int32_t> offsets, int64_t tokens);

/// What is wrong with the outputs over `offsets` that ascend once they are clamped: one
/// line per output that is not written everywhere, or, where its rows are tokens, that
/// holds something else than 0, -inf (of a row and head) or -1 in rows of no sequence.
std::vector<std::string> findUndefined(const Arguments &outputs,
                                       llvm::ArrayRef<int64_t> offsets, int64_t tokens,
                                       bool rowsAreTokens);

} // namespace fovea

#endif // FOVEA_TEST_LIB_FOVEA_INTERPRET_GARBAGE_H
