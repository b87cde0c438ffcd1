//===- Ranker.h - what ranks selection blocks -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A selected branch attends to the n blocks that rank highest, and something ranks
// them: a compressed branch of the spec, by its probabilities, or an `attn.ranker`,
// which has index queries and index keys of its own for nothing else. Which function of
// these the score is, an attribute says that implements RankerInterface:
//
//      index queries [T, Hi, Di] ──┐
//      index keys    [T, Hik, Di] ─┼─▶ emitScores ─▶ [T, Hkv, blocks] ─▶
//      attn.select_topk and what else it names    ──┘
//
// The interface has no equation to evaluate and no work to count, on purpose: a ranker
// gives operations, and these have a reference, counts and lowerings of their own.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_RANKER_H
#define FOVEA_DIALECT_ATTN_IR_RANKER_H

#include "mlir/IR/Attributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Value.h"
#include "mlir/IR/ValueRange.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace fovea::attn {

/// What an `attn.ranker` and its spec say of the index heads.
struct RankerShape {
  int64_t heads;    ///< index query heads, Hi; kvHeads divides it
  int64_t keyHeads; ///< index key heads, Hik, which divides kvHeads
  int64_t dim;      ///< columns of an index query and of an index key, Di
  int64_t kvHeads;  ///< KV heads of the spec, each of which has a choice of blocks
  mlir::Type elementType; ///< of the spec
};

/// One argument of the spec's function.
struct RankerArgument {
  std::string name; ///< behind the ranker's own name and `_`
  mlir::RankedTensorType type;
  bool ofKeys = false; ///< rows are those of keys, not of queries
};

/// A selected branch asks for the scores of its blocks.
struct RankerRequest {
  RankerShape shape;
  mlir::ValueRange arguments; ///< as getArguments lists them
  mlir::Value cuSeqlens;      ///< [B + 1] of i32, or a batch
  int64_t block;              ///< tokens of a block
};

/// The arguments `q` [?, Hi, Di] and `k` [?, Hik, Di] of the spec's element type, which
/// every built-in ranker takes first.
llvm::SmallVector<RankerArgument> getIndexArguments(const RankerShape &shape);

} // namespace fovea::attn

#include "fovea/Dialect/Attn/IR/RankerInterface.h.inc"

#endif // FOVEA_DIALECT_ATTN_IR_RANKER_H
