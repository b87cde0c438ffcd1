//===- EntryAttributes.h - what an entry says of its arguments --*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_TILE_IR_ENTRYATTRIBUTES_H
#define FOVEA_DIALECT_TILE_IR_ENTRYATTRIBUTES_H

#include "llvm/ADT/StringRef.h"

namespace fovea::tile {

/// On an argument of an entry: what its rows count, as RowCount's text
/// (fovea/Support/RowCount.h). An argument of dynamic rows has it.
constexpr llvm::StringLiteral kRowsAttrName = "tile.rows";

} // namespace fovea::tile

#endif // FOVEA_DIALECT_TILE_IR_ENTRYATTRIBUTES_H
