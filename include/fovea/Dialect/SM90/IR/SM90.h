//===- SM90.h - the sm90 dialect --------------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DIALECT_SM90_IR_SM90_H
#define FOVEA_DIALECT_SM90_IR_SM90_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/LLVMIR/LLVMTypes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "fovea/Dialect/SM90/IR/SM90Dialect.h.inc"
#include "fovea/Dialect/SM90/IR/SM90Enums.h.inc"
#define GET_OP_CLASSES
#include "fovea/Dialect/SM90/IR/SM90Ops.h.inc"

#endif // FOVEA_DIALECT_SM90_IR_SM90_H
