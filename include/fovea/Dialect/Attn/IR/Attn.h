//===- Attn.h - the attn dialect --------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_ATTN_H
#define FOVEA_DIALECT_ATTN_IR_ATTN_H

#include "fovea/Dialect/Attn/IR/Batch.h"
#include "fovea/Dialect/Attn/IR/KernelTiling.h"
#include "fovea/Dialect/Attn/IR/KeySet.h"
#include "fovea/Dialect/Attn/IR/Limits.h"
#include "fovea/Dialect/Attn/IR/Ranker.h"
#include "fovea/Dialect/Attn/IR/RowFacts.h"
#include "fovea/Dialect/Attn/IR/ScoreRegion.h"
#include "fovea/Support/Sizes.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "fovea/Dialect/Attn/IR/AttnDialect.h.inc"
#include "fovea/Dialect/Attn/IR/AttnEnums.h.inc"
#include "fovea/Dialect/Attn/IR/KernelOpInterface.h.inc"
#define GET_ATTRDEF_CLASSES
#include "fovea/Dialect/Attn/IR/AttnAttrs.h.inc"

namespace fovea::attn {

/// The functions that a spec gives, as in `forward|extend`.
mlir::ParseResult parseEntryList(mlir::AsmParser &parser, EntriesAttr &entries);
void printEntryList(mlir::AsmPrinter &printer, mlir::Operation *spec,
                    EntriesAttr entries);

} // namespace fovea::attn

#define GET_TYPEDEF_CLASSES
#include "fovea/Dialect/Attn/IR/AttnTypes.h.inc"
#define GET_OP_CLASSES
#include "fovea/Dialect/Attn/IR/AttnOps.h.inc"

namespace fovea::attn {

// Discardable attributes. The dialect verifies that there is no other `attn.`
// attribute.

/// A string: what callers call an argument or a result of a function. On an operation
/// of attention, what its results are called before the operation's words for them,
/// where attn-differentiate has a function return them.
constexpr llvm::StringLiteral kNameAttrName = "attn.name";

/// A string: what the rows of a function's argument or result count, as RowCount's text
/// (fovea/Support/RowCount.h).
constexpr llvm::StringLiteral kRowsAttrName = "attn.rows";

/// On a function of which attn-differentiate is to make the backward one: the names of
/// the results whose gradients that takes, all that have one where it names none.
constexpr llvm::StringLiteral kBackwardAttrName = "attn.backward";

/// On a function, an i64: a sequence has at most so many queries, as in a step of
/// decoding. Its results are right for any: kernels are cut for so few.
constexpr llvm::StringLiteral kMostQueriesAttrName = "attn.most_queries";

/// Whether `op` is in such a function.
bool isOfFewQueries(mlir::Operation *op);

/// Whether tiles of `rows` can be copied from pages of `slots`: each is in one page, or
/// of whole ones.
constexpr bool fitsPages(int64_t slots, int64_t rows) {
  return slots % rows == 0 || rows % slots == 0;
}

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_ATTN_H
