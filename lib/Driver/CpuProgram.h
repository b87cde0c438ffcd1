//===- CpuProgram.h - a spec as native code ---------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_CPUPROGRAM_H
#define FOVEA_LIB_DRIVER_CPUPROGRAM_H

#include "fovea/Driver/Compiler.h"
#include "fovea/Driver/Workload.h"

#include <memory>

namespace fovea {

class CpuJit;

/// One entry of a spec, compiled for this machine and loaded.
class CpuProgram {
public:
  /// Null after a diagnostic. `options.entry` names the entry; `threads` is 0
  /// for the runtime's choice.
  static std::unique_ptr<CpuProgram> compile(SpecFile &spec,
                                             const CompileOptions &options,
                                             unsigned threads, StageTimer &timer);
  ~CpuProgram();

  /// Computes `outputs` from `inputs`; both are in the order of the function.
  llvm::Error run(llvm::MutableArrayRef<NamedArray> inputs,
                  llvm::MutableArrayRef<NamedArray> outputs);

  /// The processor that the code is for, and the threads that run it.
  std::string describe() const;

private:
  CpuProgram();

  std::unique_ptr<CpuJit> jit;
  std::string entry, cpu;
  unsigned threads = 0;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_CPUPROGRAM_H
