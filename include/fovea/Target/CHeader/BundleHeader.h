//===- BundleHeader.h - C declarations of an embedded bundle ----*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// A program can hold a bundle in itself: as an object with its bytes, and a header that
// declares them and says what the entries take:
//
//   fovea_bundle_t *bundle;
//   fovea_status_t status = fovea_load_nsa_sm_90a(&bundle);
//
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_CHEADER_BUNDLEHEADER_H
#define FOVEA_TARGET_CHEADER_BUNDLEHEADER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/LogicalResult.h"

#include <string>

namespace llvm {
class raw_ostream;
}
namespace mlir {
class ModuleOp;
}

namespace fovea {

/// The symbol of the bytes: fovea_nsa_sm_90a_bundle for "dir/nsa.mlir".
std::string getBundleSymbol(llvm::StringRef source, llvm::StringRef target);

/// Writes the header of the bundle that `module`, of the tile level, is compiled to for
/// `target`. `source` is the spec's path. Emits a diagnostic and fails if a caller
/// cannot pass what an entry takes.
llvm::LogicalResult emitBundleHeader(mlir::ModuleOp module, llvm::StringRef source,
                                     llvm::StringRef target, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_TARGET_CHEADER_BUNDLEHEADER_H
