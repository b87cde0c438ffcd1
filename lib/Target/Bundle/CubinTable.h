//===- CubinTable.h - cubins by what they contain ---------------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_BUNDLE_CUBINTABLE_H
#define FOVEA_LIB_TARGET_BUNDLE_CUBINTABLE_H

#include "fovea/Target/Bundle/CompileKernels.h"

namespace fovea {

/// Every cubin starts at a multiple of this many bytes.
constexpr int64_t kCubinAlignment = 16;

/// The cubins of a bundle, each once, in the order of the kernels.
class CubinTable {
public:
  struct Entry {
    std::string sha256;    ///< in hexadecimal
    llvm::StringRef bytes; ///< the kernel's
    int64_t offset = 0;    ///< from the first cubin
  };

  explicit CubinTable(llvm::ArrayRef<CompiledKernel> kernels);

  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  /// Which entry kernel number `kernel` is in.
  int64_t getIndex(size_t kernel) const { return indices[kernel]; }

private:
  std::vector<Entry> entries;
  std::vector<int64_t> indices;
};

} // namespace fovea

#endif // FOVEA_LIB_TARGET_BUNDLE_CUBINTABLE_H
