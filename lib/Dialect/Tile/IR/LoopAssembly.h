//===- LoopAssembly.h - the syntax that tile's loops share ------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
//   `:` `(` args `)` (`carry` `(` arg `=` init `:` type, ... `)`)? attrs region
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DIALECT_TILE_IR_LOOPASSEMBLY_H
#define FOVEA_LIB_DIALECT_TILE_IR_LOOPASSEMBLY_H

#include "mlir/IR/OpImplementation.h"

namespace fovea::tile {

/// Parses the above into operands, result types, attributes and the one region of
/// `result`, whose operation name is set. The caller ensures the terminator.
mlir::ParseResult parseLoop(mlir::OpAsmParser &parser, mlir::OperationState &result);

/// Prints it: the body's first `numArgs` arguments, then one per value of `inits`.
void printLoop(mlir::OpAsmPrinter &printer, mlir::Operation *op, unsigned numArgs,
               mlir::ValueRange inits,
               llvm::ArrayRef<llvm::StringRef> elidedAttrs = {});

} // namespace fovea::tile

#endif // FOVEA_LIB_DIALECT_TILE_IR_LOOPASSEMBLY_H
