//===- ScoreRegion.h - what a spec makes of a score -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A score region is scalar code over (score, query position, key position, head) and
// learned numbers of the head. Who evaluates, bounds, counts or emits one walks its
// block, whose operations are of one closed list: ScoreOpKind. `attn.score` documents
// the meaning.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_SCOREREGION_H
#define FOVEA_DIALECT_ATTN_IR_SCOREREGION_H

#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/Operation.h"

#include <optional>

namespace fovea::attn {

/// The arguments of a region's block, before the learned numbers.
enum class ScoreArgument : unsigned { Score, Query, Key, Head };
constexpr unsigned kFirstLearned = 4;

/// The operations that a region may hold, but for its end.
enum class ScoreOpKind {
  Constant,
  // of f32
  AddF,
  SubF,
  MulF,
  DivF,
  NegF,
  MaxNumF,
  MinNumF,
  CmpF,
  AbsF,
  Exp,
  Exp2,
  Log,
  Log2,
  Sqrt,
  Tanh,
  // of i32, and of i1 where that makes sense
  AddI,
  SubI,
  MulI,
  DivSI,
  RemSI,
  MinSI,
  MaxSI,
  AndI,
  OrI,
  XOrI,
  CmpI,
  Select,
  SIToFP
};

/// None for an operation that is not of the list.
std::optional<ScoreOpKind> getScoreOpKind(mlir::Operation *op);

/// Whether the operation may be as inexact as the machine's own function.
bool isApproximate(mlir::Operation *op);

/// What a value of a region differs by.
enum class ScoreExtent {
  Constant,
  Query, ///< the query, or its head
  Key,
  Pair ///< both, as the score does
};
ScoreExtent getScoreExtent(mlir::Value value);

/// The number that a constant of a region is, i1 as 0 or 1.
double getScoreConstant(mlir::Operation *constant);

/// The score of `region`, which is not empty.
mlir::Value getRegionScore(mlir::Region &region);

/// Checks the form of a region of `learned` learned numbers, which may be empty, the
/// list and the divisors: constraints attend_c12 to attend_c14, score_blocks_c10 to
/// score_blocks_c12 and branch_c7 to branch_c9, reported at `op`.
mlir::LogicalResult verifyScoreRegion(mlir::Operation *op, mlir::Region &region,
                                      size_t learned);

/// Copies `from` into the empty region `to`.
void cloneScoreRegion(mlir::Region &from, mlir::Region &to);

/// What getAsmBlockArgumentNames says of a region.
void nameScoreArguments(mlir::Region &region, mlir::OpAsmSetValueNameFn setName);

/// `scores` `(` %s, %query, %key, %head (`,` %x `=` operand `:` type)* `)` region, or
/// nothing.
mlir::ParseResult
parseScoreRegion(mlir::OpAsmParser &parser,
                 llvm::SmallVectorImpl<mlir::OpAsmParser::UnresolvedOperand> &learned,
                 llvm::SmallVectorImpl<mlir::Type> &types, mlir::Region &region);
void printScoreRegion(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                      mlir::OperandRange learned, mlir::TypeRange types,
                      mlir::Region &region);

/// The same with `"name"` for operand and type.
mlir::ParseResult parseBranchScoreRegion(mlir::OpAsmParser &parser,
                                         mlir::ArrayAttr &learned,
                                         mlir::Region &region);
void printBranchScoreRegion(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                            mlir::ArrayAttr learned, mlir::Region &region);

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_SCOREREGION_H
