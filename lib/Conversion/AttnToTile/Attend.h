//===- Attend.h - the one attend generator ----------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Dense, windowed, compressed and selected attention are one loop over visits:
//
//   for (block, tokens, masked) in visits:
//     S  = Q K^T * scale                   masked elements: -inf
//     m' = max(m, rowmax S)                online softmax, in base 2
//     P  = 2^(S - m'),  a = 2^(m - m')
//     l  = l * a + rowsum P,  O = O * a + P V
//   out = O / l,  lse = (m + log2 l) * ln 2        l = 0: 0 and -inf
//
// The key set contributes bounds and the mask, through its interface; the loop order
// only decides where (O, m, l) live between steps.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_CONVERSION_ATTNTOTILE_ATTEND_H
#define FOVEA_LIB_CONVERSION_ATTNTOTILE_ATTEND_H

#include "QueryTile.h"
#include "fovea/Dialect/Attn/IR/Attn.h"

namespace fovea {

/// What an attend reads: views [Tk, Hkv, D] and, for index lists, [T, Hkv, n].
struct AttendInputs {
  mlir::Value k, v, indices;
  attn::KeySetInterface keys;
  double scale;
  int64_t keyBlock;
};

/// The running state of online softmax: O [rows, Dv], m and l [rows], all f32; m is
/// in units of log2.
struct SoftmaxState {
  mlir::Value acc, max, sum;
};

struct AttendResult {
  mlir::Value out; ///< [rows, Dv] f32
  mlir::Value lse; ///< [rows] f32, natural log
};

SoftmaxState emitInitialState(TileBuilder &b, int64_t rows, int64_t dv);
AttendResult emitFinish(TileBuilder &b, const SoftmaxState &state);

/// One tile of queries over the key blocks that it visits (query_outer).
AttendResult emitAttend(TileBuilder &b, const QueryTile &tile, mlir::Value q,
                        const AttendInputs &inputs);

/// Views that hold the state of every query between key blocks (key_outer):
/// acc [T, Hq, Dv], max and sum [T, Hq], all f32.
struct StateViews {
  mlir::Value acc, max, sum;
};

/// One (sequence, KV head): key blocks outermost, then the query tiles that visit each
/// of them. `finish` is called on every query tile in the end.
void emitAttendKeyOuter(
    TileBuilder &b, QueryTile sequence, mlir::Value qView, const AttendInputs &inputs,
    const StateViews &views,
    llvm::function_ref<void(const QueryTile &, const AttendResult &)> finish);

/// Calls `body` with the query tile at each multiple of `tokens` in [begin, end) of the
/// sequence; begin is rounded down.
void emitForQueryTiles(TileBuilder &b, const QueryTile &sequence, mlir::Value begin,
                       mlir::Value end,
                       llvm::function_ref<void(const QueryTile &)> body);

} // namespace fovea

#endif // FOVEA_LIB_CONVERSION_ATTNTOTILE_ATTEND_H
