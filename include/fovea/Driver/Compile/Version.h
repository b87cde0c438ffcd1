//===- Version.h - what --version prints ------------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_DRIVER_COMPILE_VERSION_H
#define FOVEA_DRIVER_COMPILE_VERSION_H

#include "fovea/Target/GPU/Ptxas.h"

namespace llvm {
class raw_ostream;
}

namespace fovea {

/// A line each for Fovea, LLVM, and the ptxas that `options` find, or why they find
/// none.
void printVersions(const PtxasOptions &options, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_DRIVER_COMPILE_VERSION_H
