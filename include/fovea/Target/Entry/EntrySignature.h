//===- EntrySignature.h - the arrays of a compiled entry --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_ENTRY_ENTRYSIGNATURE_H
#define FOVEA_TARGET_ENTRY_ENTRYSIGNATURE_H

#include "fovea/Support/ElementType.h"
#include "fovea/Support/RowCount.h"
#include "fovea/Support/Sizes.h"
#include "llvm/Support/LogicalResult.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
class Type;
} // namespace mlir

namespace fovea {

/// The type of an array's elements; none if it is not one that arrays have.
std::optional<ElementType> getElementType(mlir::Type type);

/// One array that the caller passes, row-major and contiguous.
struct EntryArgument {
  std::string name; ///< `tile.name`
  ElementType type;
  RowCount rows;              ///< `tile.rows`
  std::vector<int64_t> shape; ///< the first size is -1 unless it is static
  bool isOutput;

  /// Whether the first size is a number, which the batch must fit where `rows` count
  /// it.
  bool hasStaticRows() const { return shape[0] >= 0; }
};

/// A `tile.entry` function, as a caller sees it: inputs, then outputs.
struct EntrySignature {
  std::string name;
  std::vector<EntryArgument> arguments;
  int64_t mostTokens = kMaxSize; ///< of a batch

  /// Whether arrays count tokens of keys that are not the queries'.
  bool hasKeyTokens() const;
  /// Whether it takes caches of keys that lie in pages.
  bool hasPages() const;
};

/// The entries of `module`, of the tile level, in order. Emits a diagnostic and
/// fails for an argument that is not a named memref of a type and shape that a
/// caller can pass, or of which it is not said what its rows count.
llvm::LogicalResult getEntrySignatures(mlir::ModuleOp module,
                                       std::vector<EntrySignature> &entries);

} // namespace fovea

#endif // FOVEA_TARGET_ENTRY_ENTRYSIGNATURE_H
