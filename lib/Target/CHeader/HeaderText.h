//===- HeaderText.h - what generated headers have in common -----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_CHEADER_HEADERTEXT_H
#define FOVEA_LIB_TARGET_CHEADER_HEADERTEXT_H

#include "fovea/Target/Entry/EntrySignature.h"
#include "llvm/ADT/StringRef.h"

namespace fovea {

/// What a reader must know of the rows besides their number: ": ...", or nothing.
std::string getRowsNote(const EntryArgument &argument);

/// The C expressions of all sizes, of tokens and sequences.
std::string getSizes(const EntryArgument &argument);

/// `name`, which may be any string, as part of a comment.
std::string getCommentText(llvm::StringRef name);

/// nsa_gpu for "dir/nsa-gpu.mlir".
std::string getIdentifier(llvm::StringRef source);

/// FOVEA_NSA_GPU_0123456789ABCDEF_H for "dir/nsa-gpu.mlir" and the tag of what the
/// header declares (CEntry.h): files of one name in two folders have guards of their
/// own.
std::string getHeaderGuard(llvm::StringRef source, llvm::StringRef tag);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_CHEADER_HEADERTEXT_H
