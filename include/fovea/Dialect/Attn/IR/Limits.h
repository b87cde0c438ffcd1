//===- Limits.h - the largest sizes of a spec -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Sizes beyond every model's, so that products of some of them fit 64 bits (the largest
// is that of phi's parameter B1: heads * l * D * m < 2^59) and no kernel is generated
// whose code or whose tiles nobody can wait for. What one target can hold is less, and
// its own to say.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_LIMITS_H
#define FOVEA_DIALECT_ATTN_IR_LIMITS_H

#include "fovea/Support/Sizes.h"

namespace fovea::attn {

inline constexpr int64_t kMostHeads = 4096;  ///< query heads
inline constexpr int64_t kMostDim = 4096;    ///< columns of a head
inline constexpr int64_t kMostHidden = 4096; ///< columns of phi's hidden layer
inline constexpr int64_t kMostListed = 4096; ///< blocks that one list names
/// Each branch is code of its own, for which LLVM takes about a second: those of models
/// are three.
inline constexpr int64_t kMostBranches = 8;
static_assert(kMostHeads * kMostDim <= kMaxTileElements, "a token's row is a tile");

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_LIMITS_H
