//===- HeaderText.h - what generated headers have in common -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_CHEADER_HEADERTEXT_H
#define FOVEA_LIB_TARGET_CHEADER_HEADERTEXT_H

#include "fovea/Target/Entry/EntrySignature.h"
#include "llvm/ADT/StringRef.h"

namespace fovea {

/// The C expression of an argument's first size: `prefix` stands before tokens and
/// sequences.
std::string getRows(const EntryArgument &argument, llvm::StringRef prefix);

/// The C condition that a static first size sets on tokens or sequences; empty if none.
std::string getRowCheck(const EntryArgument &argument, llvm::StringRef prefix);

/// What a reader must know of the rows besides their number: ": ...", or nothing.
std::string getRowsNote(const EntryArgument &argument);

/// The C expressions of all sizes.
std::string getSizes(const EntryArgument &argument, llvm::StringRef prefix);

/// nsa_gpu for "dir/nsa-gpu.mlir".
std::string getIdentifier(llvm::StringRef source);

/// FOVEA_KERNELS_NSA_GPU_SM_90A_H for "dir/nsa-gpu.mlir" and "_sm_90a".
std::string getHeaderGuard(llvm::StringRef source, llvm::StringRef suffix = "");

} // namespace fovea

#endif // FOVEA_LIB_TARGET_CHEADER_HEADERTEXT_H
