//===- QuadTranspose.h - rows of fragments as memory has them ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Four lanes share a row of a fragment. Of 32 columns of 16 bits each has four words of
// two columns, 8 columns apart; stored as they are, a lane's 4 bytes lie beside those
// of three others, and a row's 64 bytes go to memory in four halves of its sectors. Its
// words transposed with the others', a lane has 8 columns that lie together, 16 bytes:
//
//   columns    lane 0   1   2   3               columns   lane 0    1    2    3
//    0 ..  7   w0 = a   b   c   d               of a lane   0..7  8..15 16..23 24..31
//    8 .. 15   w1 = e   f   g   h      <==>     w0 =        a     e     i     m
//   16 .. 23   w2 = i   j   k   l               w1 =        b     f     j     n
//   24 .. 31   w3 = m   n   o   p               w2 =        c     g     k     o
//                                               w3 =        d     h     l     p
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_TILETOSIMT_QUADTRANSPOSE_H
#define FOVEA_LIB_CONVERSION_TILETOSIMT_QUADTRANSPOSE_H

#include "ThreadBuilder.h"

#include <array>

namespace fovea::tile_to_simt {

/// Columns of 16 bits that a quad of lanes holds in four words each.
constexpr int64_t kQuadColumns = 32;

/// Where a lane's packed fragment has the four words of the `chunk`-th 32 columns of
/// its row number `half`.
inline llvm::SmallVector<int64_t, 4> quadWords(int64_t chunk, int64_t half) {
  int64_t first = 8 * chunk + half;
  return {first, first + 2, first + 4, first + 6};
}

/// Word i of lane j of each quad changes place with word j of lane i. By all lanes of
/// the warp.
void transposeQuads(ThreadBuilder &b, mlir::Value lane,
                    std::array<mlir::Value, 4> &words);

} // namespace fovea::tile_to_simt

#endif // FOVEA_LIB_CONVERSION_TILETOSIMT_QUADTRANSPOSE_H
