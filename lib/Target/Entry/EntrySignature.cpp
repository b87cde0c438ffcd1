//===- EntrySignature.cpp - the arrays of a compiled entry ----------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "fovea/Target/Entry/EntrySignature.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace fovea;
using mlir::failure;
using mlir::success;

std::vector<int64_t> EntryArgument::getShape(int64_t tokens, int64_t sequences) const {
  std::vector<int64_t> result = shape;
  if (rows != RowCount::Static)
    result[0] = rows == RowCount::Tokens ? tokens : sequences + 1;
  return result;
}

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

/// Whether every size but the first is static, and the first exists.
static bool hasRows(mlir::MemRefType type) {
  return type.getRank() >= 1 && type.getLayout().isIdentity() &&
         !mlir::ShapedType::isDynamicShape(type.getShape().drop_front());
}

static mlir::LogicalResult convertArgument(mlir::func::FuncOp function, unsigned i,
                                           EntryArgument &argument) {
  auto name = function.getArgAttrOfType<mlir::StringAttr>(i, "tile.name");
  if (!name)
    return function.emitError()
           << "expected `tile.name` on argument " << i << " of an entry, got none";
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
  argument.isOutput = bool(function.getArgAttr(i, "tile.output"));
  argument.rows = RowCount::Static;
  if (memref.isDynamicDim(0)) {
    argument.rows =
        argument.name == "cu_seqlens" ? RowCount::SequenceEnds : RowCount::Tokens;
    argument.shape[0] = 0;
  }
  return success();
}

mlir::LogicalResult fovea::getEntrySignatures(mlir::ModuleOp module,
                                              std::vector<EntrySignature> &entries) {
  for (auto function : module.getOps<mlir::func::FuncOp>()) {
    if (!function->hasAttr("tile.entry"))
      continue;
    EntrySignature entry{function.getName().str(), {}};
    entry.arguments.resize(function.getNumArguments());
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (failed(convertArgument(function, i, entry.arguments[i])))
        return failure();
    entries.push_back(std::move(entry));
  }
  return success();
}
