//===- EntrySignature.cpp - the arrays of a compiled entry ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Entry/EntrySignature.h"

#include "fovea/Dialect/Tile/IR/Tile.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace fovea;
using mlir::failure;
using mlir::success;

std::optional<ElementType> fovea::getElementType(mlir::Type type) {
  if (type.isF32())
    return ElementType::F32;
  if (type.isF16())
    return ElementType::F16;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isInteger(32))
    return ElementType::I32;
  return std::nullopt;
}

bool EntrySignature::hasKeyTokens() const {
  return llvm::any_of(arguments, [](const EntryArgument &argument) {
    return argument.rows.ofKeys && argument.rows.kind == RowKind::Tokens;
  });
}

bool EntrySignature::hasPages() const {
  return llvm::any_of(arguments, [](const EntryArgument &argument) {
    return argument.rows.kind == RowKind::Pages;
  });
}

/// Whether every size but the first is static, and the first exists.
static bool hasRows(mlir::MemRefType type) {
  return type.getRank() >= 1 && type.getLayout().isIdentity() &&
         !mlir::ShapedType::isDynamicShape(type.getShape().drop_front());
}

/// What the rows of argument `i` count; static ones need not say.
static mlir::FailureOr<RowCount> readRows(mlir::func::FuncOp function, unsigned i,
                                          mlir::MemRefType type) {
  mlir::Attribute said = function.getArgAttr(i, tile::kRowsAttrName);
  if (!said && !type.isDynamicDim(0))
    return RowCount();
  auto text = mlir::dyn_cast_or_null<mlir::StringAttr>(said);
  std::optional<RowCount> rows = text ? parseRowCount(text.getValue()) : std::nullopt;
  if (rows && (rows->kind != RowKind::Static || !type.isDynamicDim(0)))
    return *rows;
  mlir::InFlightDiagnostic diagnostic = function.emitError();
  diagnostic
      << "expected `" << tile::kRowsAttrName << "` on argument " << i
      << " to be \"tokens\", \"tokens / <number>\", \"sequence_ends\", one of these of "
         "keys as \"key_tokens\", \"sequences\", \"pages\", or, of a static number of "
         "rows, "
         "\"static\", got ";
  if (said)
    diagnostic << said << " of " << type;
  else
    diagnostic << "none of " << type;
  return diagnostic;
}

static mlir::LogicalResult convertArgument(mlir::func::FuncOp function, unsigned i,
                                           EntryArgument &argument) {
  auto name = function.getArgAttrOfType<mlir::StringAttr>(i, tile::kNameAttrName);
  if (!name)
    return function.emitError() << "expected `" << tile::kNameAttrName
                                << "` on argument " << i << " of an entry, got none";
  mlir::Type type = function.getArgumentTypes()[i];
  auto memref = mlir::dyn_cast<mlir::MemRefType>(type);
  std::optional<ElementType> element =
      memref ? fovea::getElementType(memref.getElementType()) : std::nullopt;
  if (!element || !hasRows(memref))
    return function.emitError()
           << "expected argument " << name
           << " to be a memref of f32, f16, bf16 or i32 whose sizes but the "
              "first are static, got "
           << type;

  argument.name = name.str();
  argument.type = *element;
  argument.shape = memref.getShape().vec();
  argument.isOutput = bool(function.getArgAttr(i, tile::kOutputAttrName));
  mlir::FailureOr<RowCount> rows = readRows(function, i, memref);
  if (failed(rows))
    return failure();
  argument.rows = *rows;
  if (memref.isDynamicDim(0))
    argument.shape[0] = -1;
  return success();
}

mlir::LogicalResult fovea::getEntrySignatures(mlir::ModuleOp module,
                                              std::vector<EntrySignature> &entries) {
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    if (!function->hasAttr(tile::kEntryAttrName))
      continue;
    EntrySignature entry{function.getName().str(), {}};
    auto most = function->getAttrOfType<mlir::IntegerAttr>(tile::kMostTokensAttrName);
    if (most)
      entry.mostTokens = most.getInt();
    entry.arguments.resize(function.getNumArguments());
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (failed(convertArgument(function, i, entry.arguments[i])))
        return failure();
    entries.push_back(std::move(entry));
  }
  return success();
}
