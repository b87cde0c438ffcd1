//===- OutputFile.h - files that are written whole or not at all -*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_SUPPORT_OUTPUTFILE_H
#define FOVEA_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace llvm {
class raw_ostream;
}

namespace fovea {

/// Makes `path` hold what `write` writes, whole or not at all: a file beside it is
/// written, closed and renamed, so that a full disk, a limit or a signal leaves what
/// `path` held before, and no other file. The permissions of a file that is replaced
/// are kept, and a link to it stays a link. "-" and /dev/stdout are standard output;
/// a path that is no regular file, such as a pipe, is written directly. An error is one
/// message of the form "<path>: cannot write: ...".
llvm::Error writeFile(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> write);

/// Writes out what llvm::outs() holds, for the end of a tool's main. An error is one
/// message of the form "standard output: cannot write: ...".
llvm::Error flushStandardOutput();

} // namespace fovea

#endif // FOVEA_SUPPORT_OUTPUTFILE_H
