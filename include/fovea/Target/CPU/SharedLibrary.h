//===- SharedLibrary.h - compiled entries that say what they take -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A program that loads kernels when it runs has no header of theirs. So a shared
// library holds, beside the object's functions, what the header says, as JSON:
//
//   fovea_cpu_interface, fovea_cpu_interface_bytes    docs/cpu-object.md
//   fovea_cpu_nsa_forward                             int32_t (const void *)
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CPU_SHAREDLIBRARY_H
#define FOVEA_TARGET_CPU_SHAREDLIBRARY_H

#include "fovea/Target/CPU/CpuTarget.h"
#include "fovea/Target/Entry/EntrySignature.h"
#include "llvm/Support/Error.h"

namespace fovea {

/// The JSON of a library of `entries`.
std::string describeLibrary(llvm::ArrayRef<EntrySignature> entries,
                            const CpuTargetInfo &target);

/// The bytes of a shared library of `object`, which emitCpuObject made, and
/// `interface`. The C compiler `linker` links it, cc of PATH where that is empty, with
/// LLVM's OpenMP runtime, which the library finds by the path that Fovea was built
/// with. `tag` is that of the object.
llvm::Expected<std::string> linkSharedLibrary(llvm::StringRef object,
                                              llvm::StringRef interface,
                                              llvm::StringRef tag,
                                              const CpuTargetInfo &target,
                                              llvm::StringRef linker);

} // namespace fovea

#endif // FOVEA_TARGET_CPU_SHAREDLIBRARY_H
