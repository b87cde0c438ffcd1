//===- Program.h - a spec, compiled for a device ----------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_DRIVER_RUN_PROGRAM_H
#define FOVEA_LIB_DRIVER_RUN_PROGRAM_H

#include "fovea/Driver/Run/Workload.h"

namespace fovea {

/// One entry of a spec, compiled and loaded. Arrays are in the order of the function,
/// and of the same shapes in every call.
class Program {
public:
  virtual ~Program() = default;

  /// Computes `outputs` from `inputs`. What the entry does not write keeps its value.
  virtual llvm::Error run(llvm::MutableArrayRef<NamedArray> inputs,
                          llvm::MutableArrayRef<NamedArray> outputs) = 0;

  /// The same once more, behind a first run, and how many seconds it took.
  virtual llvm::Expected<double> time(llvm::MutableArrayRef<NamedArray> inputs,
                                      llvm::MutableArrayRef<NamedArray> outputs) = 0;

  /// The device, and what the code is for.
  virtual std::string describe() const = 0;
};

} // namespace fovea

#endif // FOVEA_LIB_DRIVER_RUN_PROGRAM_H
