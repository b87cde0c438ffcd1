//===- PtxSymbol.h - a kernel by another name -------------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_BUNDLE_PTXSYMBOL_H
#define FOVEA_LIB_TARGET_BUNDLE_PTXSYMBOL_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace fovea {

/// `ptx` with the kernel `from` called `to`, where LLVM names it and its params.
/// Two kernels of equal text after it are one code.
std::string renamePtxSymbol(llvm::StringRef ptx, llvm::StringRef from,
                            llvm::StringRef to);

} // namespace fovea

#endif // FOVEA_LIB_TARGET_BUNDLE_PTXSYMBOL_H
