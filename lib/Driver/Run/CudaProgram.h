//===- CudaProgram.h - a spec as kernels of a GPU ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_CUDAPROGRAM_H
#define FOVEA_LIB_DRIVER_RUN_CUDAPROGRAM_H

#include "Program.h"
#include "fovea/Driver/Compile/Compiler.h"
#include "fovea/device.hpp"

#include <memory>

namespace fovea {

/// A GPU of this machine, open, and the target that its code is for.
struct CudaDevice {
  runtime::Device device;
  const GpuTargetInfo *target = nullptr;
  std::string description; ///< "NVIDIA H200, compute capability 9.0"

  /// Device 0. `driver` is a file or a name for dlopen; empty: libcuda.so.1. An error
  /// where there is no driver, no device, or no target whose code the device runs.
  static llvm::Expected<CudaDevice> open(const std::string &driver);
};

/// One entry of a spec, compiled for a GPU, with device memory for its arrays.
class CudaProgram final : public Program {
public:
  /// Null after a diagnostic. `options.entry` names the entry; `device`, whose target
  /// is taken, outlives the program.
  static std::unique_ptr<CudaProgram> compile(SpecFile &spec, CompileOptions options,
                                              CudaDevice &device, StageTimer &timer);

  llvm::Error run(llvm::MutableArrayRef<NamedArray> inputs,
                  llvm::MutableArrayRef<NamedArray> outputs) override;
  /// Of the kernels, by the device's clock, behind an untimed launch of the same:
  /// copies and the host's time do not count.
  llvm::Expected<double> time(llvm::MutableArrayRef<NamedArray> inputs,
                              llvm::MutableArrayRef<NamedArray> outputs) override;
  std::string describe() const override;

private:
  explicit CudaProgram(CudaDevice &device) : device(device) {}
  /// Memory for `arrays`, in their order, and for the workspace.
  llvm::Error allocate(llvm::ArrayRef<NamedArray *> arrays);

  CudaDevice &device;
  runtime::Bundle bundle;
  runtime::Entry entry;
  std::vector<std::vector<int64_t>> shapes; ///< that `tensors` point to
  std::vector<fovea_tensor_t> tensors;
  std::vector<runtime::Buffer> buffers; ///< of the arrays, then the workspace
  fovea_call_t call = {};
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_CUDAPROGRAM_H
