//===- ReadBundle.h - From a file's bytes to a program ----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_RUNTIME_LIB_READBUNDLE_H
#define FOVEA_RUNTIME_LIB_READBUNDLE_H

#include "ManifestField.h"
#include "Program.h"

namespace fovea::rt {

/// Reads a whole file. Fails with FOVEA_NOT_FOUND where it can't be read.
Status readFile(const char *path, std::string &bytes);

/// Checks a bundle and reads what it holds. Offsets of cubins count from the start of
/// `bytes`.
Status readBundle(std::string_view bytes, Program &program);

/// Reads one element of the manifest's `kernels`.
Kernel readKernel(const ManifestField &field, size_t cubinCount);

/// Reads one element of the manifest's `entries`.
Entry readEntry(const ManifestField &field, const std::vector<Kernel> &kernels);

} // namespace fovea::rt

#endif // FOVEA_RUNTIME_LIB_READBUNDLE_H
