//===- EntrySignature.h - the arrays of a compiled entry --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_ENTRY_ENTRYSIGNATURE_H
#define FOVEA_TARGET_ENTRY_ENTRYSIGNATURE_H

#include "fovea/Support/ElementType.h"
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

/// What the first size of an argument counts.
enum class RowCount {
  Static,      ///< it is a number
  Tokens,      ///< tokens of all sequences
  SequenceEnds ///< sequences + 1: cu_seqlens
};

/// One array that the caller passes, row-major and contiguous.
struct EntryArgument {
  std::string name; ///< `tile.name`
  ElementType type;
  RowCount rows;
  std::vector<int64_t> shape; ///< the first size is 0 unless it is static
  bool isOutput;

  /// The argument's shape for that many tokens and sequences.
  std::vector<int64_t> getShape(int64_t tokens, int64_t sequences) const;
};

/// A `tile.entry` function, as a caller sees it: inputs, then outputs.
struct EntrySignature {
  std::string name;
  std::vector<EntryArgument> arguments;
};

/// The entries of `module`, of the tile level, in order. Emits a diagnostic and
/// fails for an argument that is not a named memref of a type and shape that a
/// caller can pass.
llvm::LogicalResult getEntrySignatures(mlir::ModuleOp module,
                                       std::vector<EntrySignature> &entries);

} // namespace fovea

#endif // FOVEA_TARGET_ENTRY_ENTRYSIGNATURE_H
