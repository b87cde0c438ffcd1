//===- Attn.h - the attn dialect --------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_ATTN_IR_ATTN_H
#define FOVEA_DIALECT_ATTN_IR_ATTN_H

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
#define GET_OP_CLASSES
#include "fovea/Dialect/Attn/IR/AttnOps.h.inc"

namespace fovea::attn {

// Discardable attributes of a function's arguments and results, strings. The dialect
// verifies that there is no other `attn.` attribute.

/// What callers call it.
constexpr llvm::StringLiteral kNameAttrName = "attn.name";

/// What its rows count, as RowCount's text (fovea/Support/RowCount.h).
constexpr llvm::StringLiteral kRowsAttrName = "attn.rows";

} // namespace fovea::attn

#endif // FOVEA_DIALECT_ATTN_IR_ATTN_H
