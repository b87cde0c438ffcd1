//===- DataObject.h - an object file that holds bytes -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CPU_DATAOBJECT_H
#define FOVEA_TARGET_CPU_DATAOBJECT_H

#include "fovea/Target/CPU/CpuTarget.h"
#include "llvm/Support/Error.h"

namespace fovea {

/// Writes an object file for `target` with two constants: `<symbol>_<tag>`, the bytes
/// of `data` at an address that 16 divides, and `<symbol>_bytes_<tag>`, how many there
/// are, as a uint64_t; `symbol` and `<symbol>_bytes` are other names of them. All are
/// weak: objects of one tag hold the same, those of another tag other symbols
/// (CEntry.h). Fails where LLVM has no code generator for the target.
llvm::Error emitDataObject(llvm::StringRef symbol, llvm::StringRef tag,
                           llvm::StringRef data, const CpuTargetInfo &target,
                           llvm::raw_pwrite_stream &output);

} // namespace fovea

#endif // FOVEA_TARGET_CPU_DATAOBJECT_H
