//===- CpuProgram.h - a spec as native code ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_CPUPROGRAM_H
#define FOVEA_LIB_DRIVER_RUN_CPUPROGRAM_H

#include "Program.h"
#include "fovea/Driver/Compile/Compiler.h"

#include <memory>

namespace fovea {

class CpuJit;

/// One entry of a spec, compiled for this machine and loaded.
class CpuProgram final : public Program {
public:
  /// Null after a diagnostic. `options.entry` names the entry; `threads` is 0
  /// for the runtime's choice.
  static std::unique_ptr<CpuProgram> compile(SpecFile &spec,
                                             const CompileOptions &options,
                                             unsigned threads, StageTimer &timer);
  ~CpuProgram() override;

  llvm::Error run(llvm::MutableArrayRef<NamedArray> inputs,
                  llvm::MutableArrayRef<NamedArray> outputs) override;
  llvm::Expected<double> time(llvm::MutableArrayRef<NamedArray> inputs,
                              llvm::MutableArrayRef<NamedArray> outputs) override;
  /// The processor that the code is for, and the threads that run it.
  std::string describe() const override;

private:
  CpuProgram();

  std::unique_ptr<CpuJit> jit;
  std::string entry, cpu;
  unsigned threads = 0;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_CPUPROGRAM_H
