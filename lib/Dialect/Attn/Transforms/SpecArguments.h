//===- SpecArguments.h - what a spec's functions take -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_SPECARGUMENTS_H
#define FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_SPECARGUMENTS_H

#include "fovea/Dialect/Attn/IR/Attn.h"

#include <string>

namespace fovea::attn {

/// Which tokens are queries.
enum class Queries {
  All,  ///< each one, as keys are
  Last, ///< the last ones of a sequence, in arrays of their own
  Few   ///< the same, of which a sequence has few
};

/// Rows of keys or values that lie in the pages of an argument, as those of an array of
/// their own would be called.
struct RowsInPages {
  std::string name;
  int64_t firstColumn, columns;
};

/// An array that a function takes.
struct SpecArgument {
  std::string name;
  mlir::Type type;
  bool ofRankedKeys = false; ///< of a ranker, with a row for each row of keys
  llvm::SmallVector<RowsInPages, 2> inPages = {}; ///< of a cache
};

/// What the table of the pages is called.
inline constexpr llvm::StringLiteral kBlockTableName = "block_table";

/// The arguments of the function of `spec`, in order (docs/spec-language.md). Emits an
/// error and fails where two would have one name.
llvm::FailureOr<llvm::SmallVector<SpecArgument>> collectArguments(SpecOp spec,
                                                                  Queries queries);

/// The names of those that the branch's score region takes.
llvm::SmallVector<std::string> getLearnedNames(BranchOp branch);

} // namespace fovea::attn

#endif // FOVEA_LIB_DIALECT_ATTN_TRANSFORMS_SPECARGUMENTS_H
