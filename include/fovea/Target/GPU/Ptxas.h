//===- Ptxas.h - which ptxas to run -----------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_PTXAS_H
#define FOVEA_TARGET_GPU_PTXAS_H

#include "llvm/Support/Error.h"
#include "llvm/Support/VersionTuple.h"

#include <string>

namespace fovea {

/// What one kernel may take before it is taken for a hang: the slowest kernel that was
/// seen took 40 s.
constexpr unsigned kPtxasSeconds = 600;

struct PtxasOptions {
  /// Which ptxas to run. Empty: the first usable one in PATH, else the one that CMake
  /// found.
  std::string path;
  unsigned secondsToWait = kPtxasSeconds; ///< for one kernel; 0: no limit
};

/// A ptxas that answered.
struct Ptxas {
  std::string path;
  llvm::VersionTuple version; ///< of its CUDA Toolkit: 13.0.88
  unsigned secondsToWait;     ///< for one kernel; 0: no limit

  /// "ptxas 13.0.88 ('/usr/local/cuda/bin/ptxas')".
  std::string describe() const;
};

/// The ptxas to run: one that can be executed, says its version, and is of a CUDA
/// Toolkit that Fovea knows or of a newer one. The error
/// (errc::no_such_file_or_directory) says what was found instead, and how to get one.
llvm::Expected<Ptxas> findPtxas(const PtxasOptions &options);

} // namespace fovea

#endif // FOVEA_TARGET_GPU_PTXAS_H
