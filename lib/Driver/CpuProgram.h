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

/// One entry of a spec, compiled for this machine and loaded.
class CpuProgram {
public:
  virtual ~CpuProgram() = default;

  /// Null after a diagnostic. `threads` is 0 for the runtime's choice.
  static std::unique_ptr<CpuProgram> compile(SpecFile &spec,
                                             const CompileOptions &options,
                                             unsigned threads,
                                             StageTimer &timer);

  /// Computes `outputs` from `inputs`; both are in the order of the function.
  virtual llvm::Error run(llvm::MutableArrayRef<NamedArray> inputs,
                          llvm::MutableArrayRef<NamedArray> outputs) = 0;

  /// The processor that the code is for, and the threads that run it.
  virtual std::string describe() const = 0;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_CPUPROGRAM_H
