//===- GenerateCode.h - LLVM's part of CPU code ----------------*- C++ -*-===//
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

/// LLVM's O3 without its loop unrolling: a kernel's loops over vectors are unrolled as
/// far as its registers go before LLVM sees them. Unrolled again, a kernel takes LLVM 2
/// to 20 times as long and is at most 5 % faster.
void optimizeCode(llvm::Module &code, llvm::TargetMachine &machine);

/// Runs the target's code generator.
llvm::Error generateCode(llvm::Module &code, llvm::TargetMachine &machine,
                         llvm::CodeGenFileType kind, llvm::raw_pwrite_stream &output);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_CPU_GENERATECODE_H
