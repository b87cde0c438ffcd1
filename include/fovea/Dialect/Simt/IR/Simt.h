//===- Simt.h - the simt dialect --------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_SIMT_IR_SIMT_H
#define FOVEA_DIALECT_SIMT_IR_SIMT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "fovea/Dialect/Simt/IR/SimtDialect.h.inc"
#include "fovea/Dialect/Simt/IR/SimtEnums.h.inc"
#define GET_OP_CLASSES
#include "fovea/Dialect/Simt/IR/SimtOps.h.inc"

namespace fovea::simt {

/// The llvm.mlir.global of a kernel's module that simt.shared_base is the address of.
constexpr llvm::StringLiteral kSharedMemoryName = "fovea_shared";

} // namespace fovea::simt

#endif // FOVEA_DIALECT_SIMT_IR_SIMT_H
