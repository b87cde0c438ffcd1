//===- GenerateCode.h - from LLVM IR to assembly or an object ---*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_CPU_GENERATECODE_H
#define FOVEA_LIB_TARGET_CPU_GENERATECODE_H

#include "llvm/Support/CodeGen.h"
#include "llvm/Support/Error.h"

namespace llvm {
class Module;
class TargetMachine;
class raw_pwrite_stream;
} // namespace llvm

namespace fovea {

/// Runs the target's code generator.
llvm::Error generateCode(llvm::Module &code, llvm::TargetMachine &machine,
                         llvm::CodeGenFileType kind, llvm::raw_pwrite_stream &output);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_CPU_GENERATECODE_H
