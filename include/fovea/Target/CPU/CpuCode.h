//===- CpuCode.h - LLVM IR of a module, and what follows --------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CPU_CPUCODE_H
#define FOVEA_TARGET_CPU_CPUCODE_H

#include "fovea/Target/CPU/CpuTarget.h"
#include "llvm/Support/CodeGen.h"

namespace llvm {
class LLVMContext;
class Module;
} // namespace llvm

namespace fovea {

/// A module that buildCpuPipeline lowered, as LLVM IR: the steps of emitCpuObject, for
/// those who look at what lies between them.
class CpuCode {
public:
  /// Null after a diagnostic.
  static std::unique_ptr<CpuCode> translate(mlir::ModuleOp module,
                                            const CpuTargetInfo &target);
  ~CpuCode();

  /// LLVM's O3 pipeline for the target, without loop unrolling.
  void optimize();
  void print(llvm::raw_ostream &output) const;
  mlir::LogicalResult writeAssembly(llvm::raw_pwrite_stream &output);
  mlir::LogicalResult writeObject(llvm::raw_pwrite_stream &output);

private:
  explicit CpuCode(mlir::ModuleOp module);
  mlir::LogicalResult write(llvm::CodeGenFileType kind,
                            llvm::raw_pwrite_stream &output);

  mlir::ModuleOp source; ///< where diagnostics go
  std::unique_ptr<llvm::TargetMachine> machine;
  std::unique_ptr<llvm::LLVMContext> context;
  std::unique_ptr<llvm::Module> code;
};

} // namespace fovea

#endif // FOVEA_TARGET_CPU_CPUCODE_H
