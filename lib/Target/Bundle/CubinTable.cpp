//===- CubinTable.cpp - cubins by what they contain -----------------------===//
// Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//

#include "CubinTable.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SHA256.h"

using namespace fovea;

CubinTable::CubinTable(llvm::ArrayRef<CompiledKernel> kernels) {
  int64_t end = 0;
  for (const CompiledKernel &kernel : kernels) {
    std::string sha256 =
        llvm::toHex(llvm::SHA256::hash(llvm::arrayRefFromStringRef(kernel.cubin)),
                    /*LowerCase=*/true);
    auto found =
        llvm::find_if(entries, [&](const Entry &e) { return e.sha256 == sha256; });
    indices.push_back(found - entries.begin());
    if (found != entries.end())
      continue;
    int64_t offset = llvm::alignTo(end, kCubinAlignment);
    end = offset + int64_t(kernel.cubin.size());
    entries.push_back({std::move(sha256), kernel.cubin, offset});
  }
}
