//===- CodeTable.cpp - machine code by what it contains -------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CodeTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"

using namespace fovea;

static std::string hash(llvm::StringRef bytes) {
  return llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(bytes)),
                     /*LowerCase=*/true);
}

CodeTable::Blob CodeTable::place(llvm::StringRef bytes, std::string sha256) {
  int64_t offset = llvm::alignTo(end, kBlobAlignment);
  end = offset + int64_t(bytes.size());
  return {std::move(sha256), bytes, offset};
}

CodeTable::CodeTable(const Bundle &bundle) {
  for (const CompiledKernel &kernel : bundle.kernels) {
    std::string sha256 = hash(kernel.cubin);
    auto found = llvm::find_if(
        entries, [&](const Entry &entry) { return entry.cubin.sha256 == sha256; });
    indices.push_back(found - entries.begin());
    if (found != entries.end())
      continue;
    Entry &entry = entries.emplace_back();
    entry.cubin = place(kernel.cubin, std::move(sha256));
    if (!bundle.carriesPtx)
      continue;
    llvm::StringRef ptx(kernel.ptx.c_str(), kernel.ptx.size() + 1);
    entry.ptx = place(ptx, hash(ptx));
  }
}

std::vector<CodeTable::Blob> CodeTable::getBlobs() const {
  std::vector<Blob> blobs;
  for (const Entry &entry : entries) {
    blobs.push_back(entry.cubin);
    if (entry.ptx)
      blobs.push_back(*entry.ptx);
  }
  return blobs;
}
