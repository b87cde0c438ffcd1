//===- CodeTable.h - machine code by what it contains -----------*- C++ -*-===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#ifndef FOVEA_LIB_TARGET_BUNDLE_CODETABLE_H
#define FOVEA_LIB_TARGET_BUNDLE_CODETABLE_H

#include "fovea/Target/Bundle/Bundle.h"

namespace fovea {

/// Every blob starts at a multiple of this many bytes.
constexpr int64_t kBlobAlignment = 16;

/// The cubins of a bundle, each once, in the order of the kernels; and the PTX of each
/// where the bundle carries it.
class CodeTable {
public:
  struct Blob {
    std::string sha256;    ///< in hexadecimal
    llvm::StringRef bytes; ///< the kernel's
    int64_t offset = 0;    ///< from the first blob
  };
  struct Entry {
    Blob cubin;
    std::optional<Blob> ptx; ///< with the NUL that ends it
  };

  explicit CodeTable(const Bundle &bundle);

  llvm::ArrayRef<Entry> getEntries() const { return entries; }
  /// All of them, in the order of the file.
  std::vector<Blob> getBlobs() const;
  /// Which entry kernel number `kernel` is in.
  int64_t getIndex(size_t kernel) const { return indices[kernel]; }

private:
  /// `bytes` behind what is there.
  Blob place(llvm::StringRef bytes, std::string sha256);

  std::vector<Entry> entries;
  std::vector<int64_t> indices;
  int64_t end = 0;
};

} // namespace fovea

#endif // FOVEA_LIB_TARGET_BUNDLE_CODETABLE_H
