//===- Bundle.h - the file that the runtime loads ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_TARGET_BUNDLE_BUNDLE_H
#define FOVEA_TARGET_BUNDLE_BUNDLE_H

#include "fovea/Target/Bundle/CompileKernels.h"
#include "fovea/Target/Bundle/LaunchProgram.h"

namespace llvm {
class raw_ostream;
}

namespace fovea {

/// What a bundle says. Kernels have cubins; the entries' launches name them.
struct Bundle {
  llvm::StringRef target;
  llvm::ArrayRef<CompiledKernel> kernels;
  llvm::ArrayRef<LaunchProgram> entries;
  bool carriesPtx = false; ///< beside the cubins, for devices that come later
};

/// The JSON of docs/bundle.md. The same bundle gives the same bytes, as below.
void writeManifest(const Bundle &bundle, llvm::raw_ostream &stream);

/// The file: manifest, cubins, and their PTX.
void writeBundle(const Bundle &bundle, llvm::raw_ostream &stream);

} // namespace fovea

#endif // FOVEA_TARGET_BUNDLE_BUNDLE_H
