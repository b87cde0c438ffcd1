//===- KeyView.h - where a kernel finds keys or values ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_CONVERSION_ATTNTOTILE_KEYVIEW_H
#define FOVEA_CONVERSION_ATTNTOTILE_KEYVIEW_H

#include "fovea/Dialect/Attn/IR/Attn.h"
#include "mlir/IR/BuiltinTypes.h"

namespace fovea {

/// Keys or values, [Tk, heads, columns], one behind the other in a view of this shape,
/// or in the pages of attn.gather_pages.
struct KeyView {
  mlir::Value view;       ///< [Tk, H, D], or of the cache
  mlir::Value table = {}; ///< a view [N] of the pages' numbers; null: rows are packed
  attn::GatherPagesOp pages = {}; ///< how they lie in pages, where they do

  bool isPaged() const { return bool(table); }
  int64_t getColumns() const {
    auto pages = this->pages; // accessors of operations are not const
    return isPaged() ? mlir::cast<mlir::RankedTensorType>(pages.getOut().getType())
                           .getShape()
                           .back()
                     : getType().getShape().back();
  }
  int64_t getHeads() const {
    auto pages = this->pages;
    return isPaged() ? pages.getHeads() : getType().getDimSize(1);
  }
  mlir::Type getElementType() const { return getType().getElementType(); }

private:
  mlir::MemRefType getType() const {
    return mlir::cast<mlir::MemRefType>(view.getType());
  }
};

} // namespace fovea

#endif // FOVEA_CONVERSION_ATTNTOTILE_KEYVIEW_H
