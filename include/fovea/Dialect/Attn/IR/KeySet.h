//===- KeySet.h - which keys a query may see --------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A key set answers one question: does query t see key u? Everything that touches
// keys is derived from that equation, in three directions:
//
//        keys u ->                     contains(L, t, u)   the definition
//      t  #                            emitVisits          rows -> key blocks
//      |  # #            +---+         emitMask            inside one block
//      v  # # #          |   |         emitTranspose       key block -> rows
//         . # # #        +---+
//           . # # #   one key block: it is visited by a query tile when any of the
//             . # # # tile's rows sees any of its keys, and needs the element mask
//                     unless every row sees every key.
//
// The contract, which the property tests check against `contains` alone:
//   * Visits cover: a (query, key) pair in the set lies in a visited block.
//   * Full blocks are full: in [fullBegin, fullEnd), every query of the tile sees
//     every key of the block (for listed blocks: of those whose list names it). They
//     are visited ones; a range that ends where it begins or before has none.
//   * The mask is the set, on every visited block that is not full.
//   * Visited blocks exist: each holds a key of the sequence.
//   * The transpose covers: no query outside [begin, end) sees a key of the block.
//   * Its full queries see all: those in [fullBegin, fullEnd), which are in [begin,
//   end),
//     see every key of the block (for listed blocks: if their list names it), of which
//     none is past the sequence's last. A set may say that there are none.
//   * The mask is the set for the transpose, too: on the block and any query.
// Visits may cover too much (the mask removes the rest); never too little. They are one
// range of blocks: a set of two parts, such as sinks and a window, visits what is
// between them as well.
//
// A set whose keys are not tokens says by getNumKeys, emitNumKeys and getKeyStride what
// its key rows are; each sequence has at most length / stride of them. One whose
// queries bring lists of blocks says so by needsIndices and getIndexBlock. What is
// null, or of another type than said here, is a diagnostic before a kernel is made.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_KEYSET_H
#define FOVEA_DIALECT_ATTN_IR_KEYSET_H

#include "fovea/Support/IntegerBuilder.h"
#include "mlir/IR/Attributes.h"
#include "mlir/IR/Value.h"
#include "llvm/ADT/ArrayRef.h"

namespace fovea::attn {

/// A tile of queries asks which key blocks it visits. Positions are within one
/// sequence and of type index; the tile is not empty.
struct VisitRequest {
  mlir::Value length;     ///< tokens of the sequence
  mlir::Value firstQuery; ///< smallest query position of the tile
  mlir::Value lastQuery;  ///< largest query position of the tile, < length
  int64_t keyBlock;       ///< keys per block
};

/// Key blocks [begin, end), all of type index. Where the set needs indices, the
/// blocks are those of the lists that lie in this range.
struct VisitBounds {
  mlir::Value begin, end;
  mlir::Value fullBegin, fullEnd; ///< blocks in here need no element mask
};

/// One key block asks which queries may visit it.
struct TransposeRequest {
  mlir::Value length; ///< tokens of the sequence, index
  mlir::Value block;  ///< key block number, index
  int64_t keyBlock;   ///< keys per block
};

/// Query positions [begin, end), all of type index and at least 0; an end may exceed
/// the length.
struct QueryBounds {
  mlir::Value begin, end;
  mlir::Value fullBegin, fullEnd; ///< queries in here need no element mask
};

} // namespace fovea::attn

#include "fovea/Dialect/Attn/IR/KeySetInterface.h.inc"

namespace fovea::attn {

/// Tokens per listed block of a set that needs lists.
inline int64_t getListedTokens(KeySetInterface set) {
  return set.getIndexBlock() * set.getKeyStride();
}

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_KEYSET_H
