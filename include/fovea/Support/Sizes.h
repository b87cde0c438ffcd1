//===- Sizes.h - which sizes arithmetic may trust ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Types and attributes may hold any 64-bit number. The bounds here are what the types
// of attn and tile are verified against, so that whoever multiplies sizes of verified
// IR does not have to ask whether the product overflows.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_SIZES_H
#define FOVEA_SUPPORT_SIZES_H

#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MathExtras.h"

#include <cstdint>
#include <optional>

namespace fovea {

/// Positions and counts are i32 in kernels.
inline constexpr int64_t kMaxSize = (int64_t(1) << 31) - 1;
/// Static elements of an array: with 2^31 rows of 8 bytes each, bytes fit 64 bits.
inline constexpr int64_t kMaxElements = int64_t(1) << 40;
/// Elements of one tile: far past what a core's cache or a block's registers hold.
inline constexpr int64_t kMaxTileElements = int64_t(1) << 24;
/// Axes of the grid of programs that a launch runs; the runtime's maxGridRank.
inline constexpr unsigned kGridRank = 2;

/// The product of `sizes`, dynamic ones left out; nothing where it passes 64 bits.
inline std::optional<int64_t> staticProduct(llvm::ArrayRef<int64_t> sizes) {
  int64_t product = 1;
  for (int64_t size : sizes)
    if (!mlir::ShapedType::isDynamic(size) && llvm::MulOverflow(product, size, product))
      return std::nullopt;
  return product;
}

/// Whether every static size is at most kMaxSize and their product at most `most`.
inline bool hasBoundedSizes(llvm::ArrayRef<int64_t> sizes,
                            int64_t most = kMaxElements) {
  for (int64_t size : sizes)
    if (size > kMaxSize)
      return false;
  std::optional<int64_t> product = staticProduct(sizes);
  return product && *product <= most;
}

} // namespace fovea

#endif // FOVEA_SUPPORT_SIZES_H
