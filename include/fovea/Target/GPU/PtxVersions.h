//===- PtxVersions.h - which PTX is for which tools -------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A version of PTX is a number: 86 for 8.6. Each CUDA Toolkit's ptxas takes all
// versions up to its own, so the lowest that a kernel needs is the one to write.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_GPU_PTXVERSIONS_H
#define FOVEA_TARGET_GPU_PTXVERSIONS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/VersionTuple.h"

#include <string>

namespace fovea {

/// The oldest and the newest CUDA Toolkit whose ptxas Fovea is tested with. A newer one
/// is used too.
llvm::VersionTuple getOldestToolkit();
llvm::VersionTuple getNewestToolkit();

/// The newest PTX that the ptxas of `toolkit` takes, as far as Fovea knows; 0 before
/// the oldest toolkit.
unsigned getNewestPtx(const llvm::VersionTuple &toolkit);

/// The first toolkit whose ptxas takes `ptx`; empty if Fovea knows none.
llvm::VersionTuple getFirstToolkit(unsigned ptx);

/// "8.6" of 86.
std::string formatPtxVersion(unsigned ptx);

/// The version that a text of PTX asks for; 0 if it has no `.version`.
unsigned readPtxVersion(llvm::StringRef ptx);

} // namespace fovea

#endif // FOVEA_TARGET_GPU_PTXVERSIONS_H
