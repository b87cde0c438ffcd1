//===- CHeader.h - C declarations of compiled entries -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A compiled entry takes the address of a struct:
//
//   struct nsa_forward_args args = {tokens, sequences, q, k, v, gates, cu, o};
//   int32_t status = nsa_forward(&args);
//
// nsa_forward is a static inline function of the header that calls the object's, whose
// symbol says which kernel it is (CEntry.h). The object checks pointers and sizes. The
// header is C99 and C++, needs nothing of Fovea's, and several may be included
// together.
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CHEADER_CHEADER_H
#define FOVEA_TARGET_CHEADER_CHEADER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"

namespace llvm {
class raw_ostream;
}
namespace mlir {
class ModuleOp;
}

namespace fovea {

/// Writes the header of every `tile.entry` function of `module`, of the tile
/// level. `source` is the spec's path, and `target` what the object is compiled for
/// (getContentTag). Emits a diagnostic and fails if an entry cannot be declared in C.
llvm::LogicalResult emitCHeader(mlir::ModuleOp module, llvm::StringRef source,
                                llvm::StringRef target, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_TARGET_CHEADER_CHEADER_H
